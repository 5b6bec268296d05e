module github.com/gopyro/pyro/tools

go 1.26

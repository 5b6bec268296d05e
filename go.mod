module github.com/gopyro/pyro

go 1.26

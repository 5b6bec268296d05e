package pyro

// Version is the version of gopyro (semver.org).
const Version = "0.1.0-dev"

"""The command line: `./usher COMMAND`. A file a command, each thin; what a command needs is imported when it runs,
since `./usher token` is called a lot and must not pay for `./usher dev`."""

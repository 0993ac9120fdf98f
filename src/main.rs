//! The `quoth` program: reads the environment, runs one command, turns errors into exit codes.

use std::process::ExitCode;

fn main() -> ExitCode {
    quoth::cli::main()
}

//! The gate as a program: it reads rows and consent records, and writes only consented rows.
//!
//! Without arguments it runs on the data that it ships with and tells their story; `--help` lists
//! the options. Exit status: 0 when each row was decided or counted as unreadable, 1 for a file that
//! could not be read or written, 2 for wrong usage, 130 when it is interrupted.

#![allow(clippy::print_stderr, reason = "a program speaks to people")]

mod aliases;
mod args;
mod consents;
mod failure;
mod input;
mod interruption;
mod output;
mod pages;
mod passage;
mod report;
mod run;
mod shards;
mod story;
mod streams;
mod threads;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    let done = if std::env::args_os().len() == 1 {
        story::tell()
    } else {
        let args = args::Args::parse();
        let plan = shards::Plan::of(&args).unwrap_or_else(|error| error.exit());
        args.question(&[]).unwrap_or_else(|error| error.exit());
        interruption::handle()
            .map_err(|error| failure::Failure(error.to_string()))
            .and_then(|()| run::run(&args, &plan))
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("gate: {failure}");
            ExitCode::FAILURE
        }
    }
}

//! Parquet to Parquet through the gate: several files into a folder, each complete or not there. With `--table`
//! it writes the decision as a table instead, for engines that ask the question themselves.
//!
//! Without arguments it runs on the sample data of the project. `--help` lists the options.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program")]

mod args;
mod job;
mod sample;
mod table;

use std::process::ExitCode;

use clap::Parser;

use crate::args::Args;

fn main() -> ExitCode {
    let outcome = if std::env::args_os().len() > 1 {
        let args = Args::parse();
        match &args.table {
            Some(file) => table::run(&args, file).map(|query| println!("{query}")),
            None => job::run(&args).map(|report| println!("{report}")),
        }
    } else {
        sample::run()
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

//! What a user types about the program itself: after `completions`, `man`, `config`, `self-test` and `health`.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use clap_complete::Shell;

#[derive(Debug, Args)]
pub struct Completions {
    /// The shell.
    pub shell: Shell,
}

#[derive(Debug, Args)]
pub struct Man {
    /// A folder to write a page for every verb into (`tandem-prep.1`); if not given, the main page is printed.
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub struct Config {
    #[command(subcommand)]
    pub verb: ConfigVerb,
}

#[derive(Debug, Subcommand)]
pub enum ConfigVerb {
    /// Print what the program would use, and why: models, library, device, folders, variables of the environment.
    Show(Show),
}

#[derive(Debug, Args)]
pub struct Show {
    /// The library to look at; if not given, the one found from here upwards.
    #[arg(long, value_name = "DIR")]
    pub library: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub struct SelfTest {
    /// Leave the folder in which it was tried, and say where it is.
    #[arg(long)]
    pub keep: bool,
}

#[derive(Debug, Args)]
pub struct Health {
    /// The server's address.
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:8080")]
    pub url: String,
}

//! `tandem completions` and `tandem man`: what a shell and `man` want to know of the verbs, made from the same definitions as `--help`.

use std::fs;
use std::io;
use std::path::Path;

use anyhow::{Context as _, Result, bail};
use clap::{Command, CommandFactory as _};
use clap_mangen::Man as Page;
use serde_json::json;

use crate::args::{Cli, Completions, Man};
use crate::outcome::Outcome;
use crate::summary::Summary;

/// The script for a shell.
pub fn completions(args: &Completions) -> Result<Outcome> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut shown(Cli::command()), "tandem", &mut script);
    let text = String::from_utf8(script).context("the script is no text")?;
    let detail = json!({ "shell": args.shell.to_string(), "script": text });
    Ok(Outcome { verb: "completions".into(), text, detail, ..Outcome::default() })
}

/// The main page, or a page for every verb into a folder.
pub fn man(args: &Man) -> Result<Outcome> {
    let Some(out) = args.out.as_deref() else {
        let text = rendered(&Page::new(shown(Cli::command())))?;
        return Ok(Outcome { verb: "man".into(), detail: json!({ "page": text }), text, ..Outcome::default() });
    };
    if out.exists() && !out.is_dir() {
        bail!("{}: is a file: name a new folder, or one of manual pages, as --out", out.display());
    }
    fs::create_dir_all(out).with_context(|| format!("{}: cannot be made", out.display()))?;
    let mut command = shown(Cli::command()).disable_help_subcommand(true);
    command.build();
    let mut names = Vec::new();
    write(&command, out, &mut names)?;
    let summary = Summary { made: format!("{} manual pages, the first of them tandem.1", names.len()), ..Summary::default() };
    let (text, counts) = (summary.lies(out).to_string(), [("pages".to_owned(), names.len() as u64)].into());
    Ok(Outcome { text, told: true, detail: names.into(), ..Outcome::of("man", counts) }.open(out))
}

/// The page of a command and those of its verbs.
fn write(command: &Command, out: &Path, names: &mut Vec<String>) -> Result<()> {
    let page = Page::new(command.clone());
    let (name, text) = (page.get_filename(), rendered(&page)?);
    let path = out.join(&name);
    records::write_atomically(&path, text.as_bytes()).with_context(|| format!("{}: cannot be written", path.display()))?;
    names.push(name);
    command.get_subcommands().filter(|verb| !verb.is_hide_set()).try_for_each(|verb| write(verb, out, names))
}

fn rendered(page: &Page) -> Result<String> {
    let mut text = Vec::new();
    page.render(&mut text)?;
    String::from_utf8(text).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error)).context("the page is no text")
}

/// The command without verbs that nobody types: the generators of completions would offer them.
fn shown(command: Command) -> Command {
    let verbs: Vec<Command> = command.get_subcommands().filter(|verb| !verb.is_hide_set()).cloned().collect();
    let options: Vec<_> = command.get_arguments().cloned().collect();
    let about = command.get_about().cloned().unwrap_or_default();
    Command::new("tandem").version(env!("CARGO_PKG_VERSION")).about(about).args(options).subcommands(verbs)
}

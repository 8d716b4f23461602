//! The `tandem` binary: what was typed comes in, one verb runs, a printed outcome and an exit code leave (0 done, 1 error, 2 usage, 3 done
//! with failures). No logic of its own: each verb is a function over the crates.

mod args;
#[cfg(feature = "lance")]
mod asked;
mod models;
mod outcome;
mod places;
mod progress;
mod recognition;
mod stopping;
mod summary;
mod verbs;

use std::process::ExitCode;

use clap::Parser as _;
use clap::error::ErrorKind;
use tracing_subscriber::EnvFilter;

use args::{Cli, Verb};
use outcome::Outcome;

fn main() -> ExitCode {
    let cli = match typed() {
        Ok(cli) => cli,
        Err(code) => return code,
    };
    start_logging(cli.verbose);
    if matches!(cli.verb, Verb::Train(_) | Verb::Adapt(_)) {
        // A training step frees and takes the same gigabyte over and over; a third of its time went to the kernel.
        if let Err(error) = backbone::keep_freed_memory() {
            tracing::warn!("memory goes back to the system between steps, which costs time: {error}");
        }
    }
    if !matches!(cli.verb, Verb::ExtractWorker)
        && let Err(error) = verbs::extract_worker::choose()
    {
        tracing::warn!("PDF, office files, mail and archives cannot be read: {error}");
    }
    stopping::tell(&cli.verb);
    // A third faster where the processor can. Sections that are all but equally near may trade places, and confidences have other last digits: what
    // measures is in single precision, with the same figures on every processor.
    let _rounded = rounds(&cli.verb).then(backbone::Bfloat16Products::begin);
    // Standard output belongs to the assistant.
    #[cfg(feature = "lance")]
    if let Verb::Mcp(args) = &cli.verb {
        return verbs::serve::mcp(args).map_or_else(|error| told(Err(error), false), |()| ExitCode::SUCCESS);
    }
    let json = cli.json;
    told(run(cli.verb, json), json)
}

/// Whether a verb only indexes, searches or answers, for its user. Not a server that takes documents: what is prepared meanwhile would be prepared
/// otherwise than on the command line.
fn rounds(verb: &Verb) -> bool {
    #[cfg(feature = "lance")]
    let assists = matches!(verb, Verb::Mcp(_));
    #[cfg(not(feature = "lance"))]
    let assists = false;
    assists || matches!(verb, Verb::Index(_) | Verb::Search(_) | Verb::Report(_) | Verb::Ask(_))
}

/// Runs a verb.
fn run(verb: Verb, json: bool) -> anyhow::Result<Outcome> {
    match verb {
        Verb::Synth(args) => verbs::synth::run(&args),
        Verb::Train(args) => verbs::train::run(&args),
        Verb::Prep(args) => verbs::prep::run(&args),
        Verb::Index(args) => verbs::index::run(&args),
        Verb::Merge(args) => verbs::merge::run(&args),
        #[cfg(feature = "cluster")]
        Verb::Cluster(args) => verbs::cluster::run(&args),
        Verb::Search(args) => verbs::search::run(&args),
        Verb::Report(args) => verbs::report::run(&args),
        Verb::Ask(args) => verbs::ask::run(&args),
        Verb::Verify(args) => verbs::verify::run(&args),
        Verb::Eval(args) => verbs::eval::run(&args),
        Verb::Doctor(args) => verbs::doctor::run(&args),
        Verb::SelfTest(args) => verbs::self_test::run(&args, json),
        Verb::Bench(args) => verbs::bench::run(&args),
        Verb::Config(args) => verbs::config::run(&args),
        Verb::Health(args) => verbs::health::run(&args),
        Verb::Completions(args) => verbs::pages::completions(&args),
        Verb::Man(args) => verbs::pages::man(&args),
        Verb::ExtractWorker => verbs::extract_worker::run(),
        verb @ (Verb::Init(_)
        | Verb::Add(_)
        | Verb::Update(_)
        | Verb::Remove(_)
        | Verb::Info(_)
        | Verb::List(_)
        | Verb::Watch(_)
        | Verb::Serve(_)
        | Verb::Mcp(_)
        | Verb::Adapt(_)) => of_a_library(verb, json),
    }
}

/// Runs a verb that is about a library.
#[cfg(feature = "lance")]
fn of_a_library(verb: Verb, json: bool) -> anyhow::Result<Outcome> {
    match verb {
        Verb::Init(args) => verbs::library::init(&args),
        Verb::Add(args) => verbs::library::add(&args),
        Verb::Update(args) => verbs::library::update(&args),
        Verb::Remove(args) => verbs::library::remove(&args),
        Verb::Info(args) => verbs::listing::info(&args),
        Verb::List(args) => verbs::listing::list(&args),
        Verb::Watch(args) => verbs::library::watch(&args, json),
        Verb::Serve(args) => verbs::serve::run(&args, json),
        Verb::Adapt(args) => verbs::adapt::run(&args),
        _ => anyhow::bail!("this verb is none of a library"),
    }
}

#[cfg(not(feature = "lance"))]
fn of_a_library(_: Verb, _: bool) -> anyhow::Result<Outcome> {
    verbs::without_lance("a library")
}

/// Tells how a verb ended, to a person or a program.
fn told(result: anyhow::Result<Outcome>, json: bool) -> ExitCode {
    match result {
        Ok(outcome) => match outcome.print(json) {
            Ok(()) => outcome.exit_code(),
            Err(error) => {
                eprintln!("tandem: standard output: {error}");
                ExitCode::FAILURE
            }
        },
        Err(error) => {
            let told = outcome::told(&error);
            if json {
                // Told below in any case.
                let _ = outcome::say(&format!("{}\n", serde_json::json!({ "error": told })));
            }
            eprintln!("tandem: {told}");
            ExitCode::FAILURE
        }
    }
}

/// What was typed. A wrong use is told as clap tells it, and to a program as every error is.
fn typed() -> Result<Cli, ExitCode> {
    Cli::try_parse().map_err(|error| {
        if error.use_stderr() && std::env::args_os().any(|argument| argument == "--json") {
            let told = match error.kind() {
                ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand | ErrorKind::MissingSubcommand => {
                    "a verb is missing: `tandem --help` lists them".to_owned()
                }
                _ => outcome::wrong_use(&error.render().to_string()),
            };
            // Told below in any case.
            let _ = outcome::say(&format!("{}\n", serde_json::json!({ "error": told })));
        }
        let _ = error.print();
        ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2))
    })
}

/// Warnings always, more with -v; `TANDEM_LOG` overrides (as `RUST_LOG` would).
fn start_logging(verbose: u8) {
    let ours = ["off", "info", "debug"][usize::from(verbose.min(2))];
    let crates = ["tandem", "synth", "backbone", "prep_model", "retrieve_model", "serve", "eval", "cluster"]
        .map(|name| format!("{name}={ours}"))
        .join(",");
    let default = if verbose == 0 { "warn".to_owned() } else { format!("warn,{crates}") };
    let filter = EnvFilter::try_from_env("TANDEM_LOG").unwrap_or_else(|_| EnvFilter::new(default));
    let colour = progress::colour();
    tracing_subscriber::fmt().with_env_filter(filter).with_ansi(colour).with_writer(progress::AboveBars).with_target(false).init();
}

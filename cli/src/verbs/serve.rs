//! `tandem serve` and `tandem mcp`: a library behind a web page, HTTP and the Model Context Protocol.

use std::net::SocketAddr;

use anyhow::Result;
use serde_json::json;
use serve::http::{Options, over_stdio, serve};

use crate::args::{Mcp, Serve};
use crate::asked::library;
use crate::outcome::{Outcome, say};
use crate::recognition::choose;

/// Serves until it is told to stop; the first line says where.
///
/// # Errors
/// If there is no library, the options are unsafe or the address cannot be had.
pub fn run(args: &Serve, json: bool) -> Result<Outcome> {
    let library = library(args.chosen.library.as_deref())?;
    choose(&args.chosen.recognition, library.settings()?.ocr)?;
    let options = Options {
        token: args.token.clone(),
        host_names: args.host_name.clone(),
        read_only: args.read_only,
        largest_upload: args.largest_upload << 20,
        watch: args.watch,
        ..Options::at(args.address)
    };
    let dir = library.dir().to_path_buf();
    let started = |address: SocketAddr| {
        let line = if json {
            format!("{}\n", json!({ "verb": "serve", "url": format!("http://{address}"), "library": dir }))
        } else {
            format!("open http://{address} (stop with Ctrl-C)\n")
        };
        // Nobody may be reading; the server runs all the same.
        let _ = say(&line);
    };
    serve(library, args.chosen.device, options, started)?;
    Ok(Outcome { verb: "serve".into(), told: true, text: "stopped\n".into(), ..Outcome::default() })
}

/// Speaks with an assistant until it has gone; standard output is its alone.
///
/// # Errors
/// If there is no library or the assistant speaks something else.
pub fn mcp(args: &Mcp) -> Result<()> {
    Ok(over_stdio(library(args.chosen.library.as_deref())?, args.chosen.device)?)
}

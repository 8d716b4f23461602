//! `tandem index`: sections to LanceDB.

use anyhow::Result;

use crate::args::Index;
use crate::outcome::Outcome;

#[cfg(not(feature = "lance"))]
pub fn run(_: &Index) -> Result<Outcome> {
    super::without_lance("index")
}

#[cfg(feature = "lance")]
pub fn run(args: &Index) -> Result<Outcome> {
    use retrieve_model::index::{BuildOptions, build, embed_part};
    use retrieve_model::inference::Answerer;

    use crate::places::{Input, folder_apart};

    let inputs = [Some(Input::of("--sections", &args.sections)), Input::maybe("--model", args.model.as_deref())];
    folder_apart(&args.out, inputs.into_iter().flatten())?;
    let device = backbone::open_device(args.device)?;
    let answerer = Answerer::load(&crate::models::find(args.model.as_deref(), "retrieve")?, &device)?;
    let progress = crate::progress::Progress::new("index");
    let embed = |sections: &[records::Section]| answerer.embed_sections(sections);
    let (options, part) = (BuildOptions::of(answerer.embedding()), args.part.part());
    if part != records::Part::WHOLE {
        let counts = embed_part(&args.sections, &args.out, part, &embed, &options, progress.bar())?;
        let made = format!(
            "vectors of {} sections, part {part}: `tandem merge` makes the index of all parts",
            crate::summary::count(&counts, "out")
        );
        let text = crate::summary::Summary { made, ..Default::default() }.lies(&args.out).to_string();
        return Ok(Outcome { text, told: true, ..Outcome::of("index", counts).open(&args.out) });
    }
    #[cfg(feature = "cluster")]
    if let Some(engine) = super::cluster::engine(&args.part)? {
        let workers = super::cluster::embedding(&engine, answerer.embedding());
        let built = retrieve_model::index::build_elsewhere(&args.sections, &args.out, &workers, &options, progress.bar())?;
        return Ok(finished("index", built, &args.out));
    }
    let built = build(&args.sections, &args.out, &embed, &options, progress.bar())?;
    Ok(finished("index", built, &args.out))
}

/// How a build ended.
#[cfg(feature = "lance")]
pub fn finished(verb: &str, built: retrieve_model::index::Built, out_dir: &std::path::Path) -> Outcome {
    let [out, skipped, without] = ["out", "skipped", "without_vector"].map(|name| crate::summary::count(&built.counts, name));
    let made = if built.unchanged { "nothing to do: " } else { "" };
    let text = crate::summary::Summary {
        made: format!("{made}{out} sections can be found by their words, {} of them by their meaning too", out.saturating_sub(without)),
        left_out: format!("{skipped} sections without a word"),
        ..Default::default()
    }
    .lies(out_dir)
    .to_string();
    Outcome { text, told: true, ..Outcome::of(verb, built.counts).open(out_dir) }
}

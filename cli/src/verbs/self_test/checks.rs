//! The checks, in the order in which a user meets what they try; later ones use what earlier ones made.

use std::fs;

use anyhow::{Context as _, Result, ensure};
use records::{Failure, read_table};

use super::Check;
use super::trial::{DAMAGED, DOCUMENTS, PLANTED, Trial, UNTOLD, citations, count, rows};

const DOCTOR: &str = "run `tandem doctor`, and install the program again (`./bootstrap install`)";
const MODELS: &str = "run `./bootstrap install` in the checkout, or set TANDEM_MODELS to the folder that holds `prep` and `retrieve`";
const READERS: &str = "let the program start itself as a child process, and see `tandem self-test --keep`";
const TRAINED: &str = "use the released models (`tandem config show` says which are used), or train them further";
const REPORT: &str = "this is a fault of the program: report it with the folder that `tandem self-test --keep` leaves";

pub const CHECKS: [Check; 14] = [
    Check { name: "models are found", tries: models, remedy: MODELS },
    Check { name: "wrong use and errors are told, with their exit codes", tries: errors, remedy: REPORT },
    Check { name: "prep reads documents and lists the damaged one", tries: prep, remedy: READERS },
    Check { name: "a second run is free and changes nothing", tries: again, remedy: REPORT },
    Check { name: "index", tries: index, remedy: DOCTOR },
    Check { name: "search finds", tries: search, remedy: TRAINED },
    Check { name: "report quotes what was asked for", tries: report, remedy: TRAINED },
    Check { name: "what no document tells is not told", tries: abstain, remedy: TRAINED },
    Check { name: "every quotation stands in its document", tries: quotations, remedy: REPORT },
    Check { name: "verify agrees, and notices a changed document", tries: verify, remedy: REPORT },
    Check { name: "ask answers with its source", tries: ask, remedy: TRAINED },
    Check { name: "library: init and add", tries: library, remedy: DOCTOR },
    Check { name: "library: an edit is read by update", tries: update, remedy: REPORT },
    Check { name: "library: what was removed is not found any more", tries: remove, remedy: REPORT },
];

fn models(trial: &Trial) -> Result<String> {
    let shown = trial.json(0, &["config", "show"])?;
    for name in ["prep", "retrieve"] {
        ensure!(shown["detail"]["models"][name]["is_there"] == true, "there is no {name} model");
    }
    let dir = shown["detail"]["models"]["retrieve"]["dir"].as_str().unwrap_or_default();
    Ok(dir.to_owned())
}

fn errors(trial: &Trial) -> Result<String> {
    let wrong = trial.json(2, &["prep"])?;
    ensure!(wrong["error"].as_str().is_some_and(|error| error.contains("--corpus")), "wrong use is not told: {wrong}");
    let missing = trial.json(1, &["prep", "--corpus", "@nowhere", "--out", "@sections"])?;
    let error = missing["error"].as_str().unwrap_or_default();
    ensure!(error.contains("nowhere") && error.contains("--corpus"), "the error names neither path nor option: {error}");
    Ok("1 and 2".into())
}

/// In = out + skipped + failed.
fn balanced(outcome: &serde_json::Value) -> Result<()> {
    let [read, made, skipped, failed] = ["in", "out", "skipped", "failed"].map(|name| count(outcome, name));
    ensure!(read == made + skipped + failed, "{read} came in, {made} went out, {skipped} were skipped, {failed} failed");
    Ok(())
}

fn prep(trial: &Trial) -> Result<String> {
    let outcome = trial.json(3, &["prep", "--corpus", "@corpus", "--out", "@sections"])?;
    balanced(&outcome)?;
    let failures: Vec<Failure> = read_table(&trial.at("sections"))?.collect::<Result<_, _>>()?;
    let told: Vec<String> = failures.iter().map(|failure| format!("{}: {}", failure.path, failure.reason)).collect();
    let made = count(&outcome, "out");
    ensure!(made == DOCUMENTS.len() as u64 && failures.len() == 1, "{made} of {} were read ({})", DOCUMENTS.len(), told.join("; "));
    ensure!(failures[0].path == DAMAGED.0 && !failures[0].reason.is_empty(), "{} is not told", DAMAGED.0);
    Ok(format!("{made} documents; {}", told.join("; ")))
}

fn again(trial: &Trial) -> Result<String> {
    let manifest = trial.at("sections/manifest.json");
    let before = fs::read(&manifest)?;
    trial.json(3, &["prep", "--corpus", "@corpus", "--out", "@sections"])?;
    ensure!(fs::read(&manifest)? == before, "the manifest has changed");
    Ok(format!("{} bytes of manifest", before.len()))
}

fn index(trial: &Trial) -> Result<String> {
    let outcome = trial.json(0, &["index", "--sections", "@sections", "--out", "@index"])?;
    balanced(&outcome)?;
    Ok(format!("{} sections", count(&outcome, "out")))
}

fn search(trial: &Trial) -> Result<String> {
    fs::write(trial.at("queries.jsonl"), "{\"id\":\"1\",\"query\":\"rye mill keeper\"}\n")?;
    trial.json(0, &["search", "--index", "@index", "--queries", "@queries.jsonl", "--k", "2", "--out", "@hits.jsonl"])?;
    let hits = rows(&trial.at("hits.jsonl"))?;
    let first = hits.first().context("there are no hits")?["hits"][0]["doc"].as_str().unwrap_or_default().to_owned();
    ensure!(first == "mill.md", "{first:?} stands first in the place of mill.md");
    Ok(first)
}

fn report(trial: &Trial) -> Result<String> {
    balanced(&trial.json(0, &["report", "--questions", "@questions.txt", "--index", "@index", "--out", "@report"])?)?;
    let reports = rows(&trial.at("report/reports.jsonl"))?;
    ensure!(reports.len() == PLANTED.len() + 1, "{} reports on {} questions", reports.len(), PLANTED.len() + 1);
    for (report, planted) in reports.iter().zip(&PLANTED) {
        let told = |citation: &&serde_json::Value| {
            citation["doc"] == planted.document && citation["quote"].as_str().is_some_and(|quote| quote.contains(planted.fact))
        };
        ensure!(citations(report).iter().any(told), "{} is not answered from {}", planted.question, planted.document);
    }
    for name in ["report.md", "report.html", "reports.parquet"] {
        ensure!(fs::metadata(trial.at("report").join(name)).is_ok_and(|file| file.len() > 0), "{name} was not written");
    }
    Ok(format!("{} facts", PLANTED.len()))
}

fn abstain(trial: &Trial) -> Result<String> {
    let reports = rows(&trial.at("report/reports.jsonl"))?;
    let last = reports.last().context("there are no reports")?;
    let status = last["status"].as_str().unwrap_or_default().to_owned();
    ensure!(last["question"] == UNTOLD && status != "answered" && !status.is_empty(), "it is {status}");
    Ok(status)
}

/// By comparing bytes, which shares nothing with what wrote the report. In marked-up documents a quotation has no bytes of its own to compare.
fn quotations(trial: &Trial) -> Result<String> {
    let mut compared = 0;
    for report in rows(&trial.at("report/reports.jsonl"))? {
        for citation in citations(&report) {
            let [doc, quote] = ["doc", "quote"].map(|name| citation[name].as_str().unwrap_or_default());
            if !doc.ends_with(".txt") && !doc.ends_with(".md") {
                continue;
            }
            let place = |name: &str| citation[name].as_u64().and_then(|place| usize::try_from(place).ok());
            let raw = fs::read(trial.at("corpus").join(doc))?;
            let cited = place("start").zip(place("end")).and_then(|(start, end)| raw.get(start..end)).unwrap_or_default();
            ensure!(!quote.is_empty() && cited == quote.as_bytes(), "{quote:?} is not what stands in {doc}");
            compared += 1;
        }
    }
    ensure!(compared > 0, "nothing is quoted from a plain text");
    Ok(format!("{compared} compared, byte for byte"))
}

fn verify(trial: &Trial) -> Result<String> {
    let outcome = trial.json(0, &["verify", "--report", "@report", "--corpus", "@corpus"])?;
    let [all, verified] = ["citations", "verified"].map(|name| count(&outcome, name));
    ensure!(all > 0 && all == verified, "{verified} of {all} citations verified");
    let altered = trial.at("altered");
    fs::create_dir(&altered)?;
    for (name, words) in DOCUMENTS {
        fs::write(altered.join(name), words.replace("Ola Ness", "Per Moen"))?;
    }
    let outcome = trial.json(3, &["verify", "--report", "@report", "--corpus", "@altered"])?;
    Ok(format!("{verified} citations verified, {} of the changed document refuted", count(&outcome, "failed")))
}

fn ask(trial: &Trial) -> Result<String> {
    let planted = &PLANTED[0];
    let output = trial.run(&["ask", planted.question, "--index", "@index", "--precision", "0"])?;
    let said = String::from_utf8_lossy(&output.stdout);
    ensure!(output.status.success(), "`tandem ask` ended with {}", output.status);
    ensure!(said.contains(planted.fact) && said.contains(planted.document), "it said {said:?}");
    Ok(planted.fact.to_owned())
}

/// The names of the documents that are quoted or came close, from the library.
fn cited(trial: &Trial, question: &str) -> Result<Vec<(String, String)>> {
    let report = trial.json(0, &["ask", question, "--library", "@library", "--precision", "0"])?["detail"].clone();
    let text = |citation: &serde_json::Value, name: &str| citation[name].as_str().unwrap_or_default().to_owned();
    Ok(citations(&report).into_iter().map(|citation| (text(citation, "doc"), text(citation, "quote"))).collect())
}

fn library(trial: &Trial) -> Result<String> {
    trial.json(0, &["init", "@library"])?;
    let outcome = trial.json(0, &["add", "@notes", "--library", "@library"])?;
    balanced(&outcome)?;
    let [new, prepared] = ["new", "prepared"].map(|name| count(&outcome, name));
    ensure!(new == DOCUMENTS.len() as u64 && prepared == new, "{new} are new, {prepared} were prepared");
    Ok(format!("{prepared} documents"))
}

fn update(trial: &Trial) -> Result<String> {
    fs::write(trial.at("notes/pilot.txt"), DOCUMENTS[0].1.replace("Ola Ness", "Per Moen"))?;
    let outcome = trial.json(0, &["update", "--library", "@library"])?;
    let [changed, prepared] = ["changed", "prepared"].map(|name| count(&outcome, name));
    ensure!(changed == 1 && prepared == 1, "{changed} changed, {prepared} prepared");
    let cited = cited(trial, PLANTED[0].question)?;
    let is_new = |(doc, quote): &(String, String)| doc == "notes/pilot.txt" && quote.contains("Per Moen");
    ensure!(cited.iter().any(is_new), "the new fact is not found: {cited:?}");
    ensure!(cited.iter().all(|(_, quote)| !quote.contains("Ola Ness")), "the old fact is still quoted");
    Ok("one document read, the new fact quoted".into())
}

fn remove(trial: &Trial) -> Result<String> {
    trial.json(0, &["remove", "notes/pilot.txt", "--library", "@library"])?;
    let cited = cited(trial, PLANTED[0].question)?;
    ensure!(cited.iter().all(|(doc, _)| doc != "notes/pilot.txt"), "notes/pilot.txt is still quoted");
    Ok("notes/pilot.txt is gone".into())
}

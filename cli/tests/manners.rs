//! How the program behaves toward people, shells and other programs, whatever the verb.

mod tandem;

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::process::Command;

use serde_json::Value;
use tandem::{balanced, checkout, code, count, json, said, tandem, text};

/// The verbs that `--help` lists, those of other verbs too: `["eval", "eval run", ...]`.
fn verbs() -> Vec<Vec<String>> {
    let of = |above: &[String]| -> Vec<Vec<String>> {
        let mut arguments: Vec<&str> = above.iter().map(String::as_str).collect();
        arguments.push("--help");
        let help = said(&tandem(&arguments));
        let listed = help.split("Commands:\n").nth(1).unwrap_or_default().split("\n\n").next().unwrap_or_default();
        let names = listed.lines().filter_map(|line| line.strip_prefix("  ")?.split(' ').next()).filter(|name| !name.is_empty());
        names.filter(|name| *name != "help").map(|name| [above, &[name.to_owned()]].concat()).collect()
    };
    of(&[]).into_iter().flat_map(|verb| [vec![verb.clone()], of(&verb)].concat()).collect()
}

#[test]
fn every_shell_gets_a_script_and_that_of_bash_completes_verbs_and_options() {
    for shell in ["zsh", "fish", "powershell", "elvish"] {
        assert!(said(&tandem(&["completions", shell])).contains("report"), "{shell}");
    }
    let dir = tempfile::tempdir().unwrap();
    let script = dir.path().join("tandem.bash");
    fs::write(&script, tandem(&["completions", "bash"]).stdout).unwrap();
    let bash = |line: &str| Command::new("bash").args(["--norc", "-c", line]).output().unwrap();
    let checked = Command::new("bash").arg("-n").arg(&script).output().unwrap();
    assert!(checked.status.success(), "{}", said(&checked));
    let complete = |words: &str, typed: &str| {
        let count = words.split(' ').count();
        let line = format!(
            "source {}; COMP_WORDS=({words} {typed}); COMP_CWORD={count}; _tandem tandem '{typed}' ''; echo \"${{COMPREPLY[*]}}\"",
            text(&script)
        );
        said(&bash(&line))
    };
    let offered = complete("tandem", "re");
    assert!(offered.contains("report") && offered.contains("remove"), "{offered}");
    assert!(complete("tandem eval", "re").contains("reproduce"));
    assert!(complete("tandem prep", "--cor").contains("--corpus"));
    assert!(!complete("tandem", "ex").contains("extract-worker"), "nobody types that one");
}

#[test]
fn every_verb_has_a_manual_page_that_names_its_options() {
    let dir = tempfile::tempdir().unwrap();
    let outcome = json(0, &["man", "--out", text(dir.path())]);
    let verbs = verbs();
    assert!(verbs.len() > 20, "{verbs:?}");
    assert_eq!(count(&outcome, "pages"), verbs.len() as u64 + 1, "{outcome}");
    for verb in &verbs {
        let page = dir.path().join(format!("tandem-{}.1", verb.join("-")));
        let page = fs::read_to_string(&page).unwrap_or_else(|error| panic!("{}: {error}", page.display()));
        // Hyphens are escaped in a page.
        let page = page.replace("\\-", "-");
        let mut arguments: Vec<&str> = verb.iter().map(String::as_str).collect();
        arguments.push("--help");
        let help = said(&tandem(&arguments));
        for option in help.lines().filter_map(|line| line.trim_start().split([' ', ',', '.']).find(|word| word.starts_with("--"))) {
            assert!(page.contains(option), "{verb:?} has no {option}");
        }
    }
    let main = said(&tandem(&["man"]));
    assert!(main.contains(".TH tandem 1") && main.contains("report"), "{main}");
}

/// Exit code and the one object on standard output.
#[track_caller]
fn object(arguments: &[&str]) -> (i32, Value) {
    let output = tandem(arguments);
    let objects: Vec<Value> =
        serde_json::Deserializer::from_slice(&output.stdout).into_iter().collect::<Result<_, _>>().unwrap_or_else(|error| {
            panic!("{arguments:?} printed something else than JSON ({error}): {}", said(&output));
        });
    let [object] = objects.as_slice() else { panic!("{arguments:?} printed {} values", objects.len()) };
    assert!(object.is_object(), "{arguments:?}: {object}");
    (code(&output), object.clone())
}

#[test]
fn with_json_every_verb_prints_one_object_whatever_happens() {
    let dir = tempfile::tempdir().unwrap();
    let at = |name: &str| text(&dir.path().join(name)).to_owned();
    let corpus = checkout().join("data/fixtures/corpus");
    let (corpus, nowhere) = (text(&corpus), at("nowhere"));
    let (library, sections, index, queries, hits) = (at("library"), at("sections"), at("index"), at("queries.jsonl"), at("hits.jsonl"));
    let (questions, report) = (at("questions.txt"), at("report"));
    fs::write(&queries, "{\"id\":1,\"query\":\"ferry\"}\n").unwrap();
    fs::write(&questions, "Who is the managing director?\n").unwrap();
    let runs: &[(i32, &[&str])] = &[
        (0, &["prep", "--corpus", corpus, "--out", &sections]),
        (0, &["index", "--sections", &sections, "--out", &index]),
        (0, &["search", "--index", &index, "--queries", &queries, "--out", &hits]),
        (0, &["search", "--index", &index, "--dropped", "cookies"]),
        (0, &["report", "--index", &index, "--questions", &questions, "--out", &report]),
        (0, &["verify", "--report", &report, "--corpus", corpus]),
        (0, &["ask", "Who is the managing director?", "--index", &index]),
        (0, &["synth", "--corpus", &sections, "--triples", "5", "--out", &at("triples")]),
        (0, &["synth", "--corpus", &sections, "--preview"]),
        (0, &["init", &library]),
        (0, &["add", corpus, "--library", &library]),
        (0, &["update", "--library", &library]),
        (0, &["info", "--library", &library]),
        (0, &["list", "--library", &library]),
        (0, &["remove", "corpus/faq.md", "--library", &library]),
        (0, &["config", "show", "--library", &library]),
        (0, &["completions", "fish"]),
        (0, &["man"]),
        (1, &["synth", "--corpus", &nowhere, "--out", &at("x")]),
        (1, &["train", "prep", "--data", &nowhere, "--out", &at("x")]),
        (1, &["prep", "--corpus", &nowhere, "--out", &at("x")]),
        (1, &["index", "--sections", &nowhere, "--out", &at("x")]),
        (1, &["search", "--index", &nowhere, "--queries", &queries, "--out", &at("x")]),
        (1, &["report", "--index", &nowhere, "--questions", &questions, "--out", &at("x")]),
        (1, &["ask", "Who?", "--index", &nowhere]),
        (1, &["verify", "--report", &nowhere, "--corpus", corpus]),
        (1, &["eval", "run", "--suite", &nowhere, "--out", &at("x")]),
        (1, &["eval", "compare", &nowhere, &nowhere, "--out", &at("x")]),
        (1, &["add", corpus, "--library", &nowhere]),
        (1, &["watch", "--library", &nowhere]),
        (1, &["config", "show", "--library", &nowhere]),
        (1, &["health", "--url", "http://127.0.0.1:9"]),
        (2, &["health", "--no-such-option"]),
        (2, &["prep"]),
        (2, &["no-such-verb"]),
        (2, &["completions", "no-such-shell"]),
        (2, &[]),
    ];
    for (expected, arguments) in runs {
        let (code, object) = object(&[&["--json"], *arguments].concat());
        assert_eq!(code, *expected, "{arguments:?}: {object}");
        match expected {
            0 => assert_eq!(object["verb"], arguments[0], "{object}"),
            _ => assert!(object["error"].as_str().is_some_and(|error| error.len() > 10), "{arguments:?}: {object}"),
        }
    }
    let (code, object) = object(&["--json", "doctor", "--library", &library]);
    assert!(code == 0 && object["detail"][0]["check"] == "processor", "{object}");
}

#[test]
fn a_person_is_told_the_end_in_three_lines() {
    let dir = tempfile::tempdir().unwrap();
    let (sections, index) = (dir.path().join("sections"), dir.path().join("index"));
    let corpus = checkout().join("data/fixtures/bad");
    let told = |arguments: &[&str]| {
        let output = tandem(arguments);
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    let starts = |told: &str, wanted: &[&str]| {
        let lines: Vec<&str> = told.lines().collect();
        assert!(lines.len() == wanted.len() && lines.iter().zip(wanted).all(|(line, wanted)| line.starts_with(wanted)), "{told}");
    };
    let prepared = told(&["prep", "--corpus", text(&corpus), "--out", text(&sections)]);
    starts(&prepared, &["failed: binary.txt: ", "made      ", "left out  ", "lies in   "]);
    assert!(prepared.contains("1 empty") && prepared.contains(text(&sections)), "{prepared}");
    balanced(&json(3, &["prep", "--corpus", text(&corpus), "--out", text(&sections)]));
    starts(&told(&["index", "--sections", text(&sections), "--out", text(&index)]), &["made ", "left out ", "lies in "]);
    let world = dir.path().join("world");
    let made = told(&["synth", "--world", "small", "--triples", "100", "--out", text(&world)]);
    starts(&made, &["made ", "left out ", "lies in "]);
    assert!(made.lines().all(|line| line.len() < 220), "{made}");
}

#[test]
fn what_the_program_would_use_is_shown_and_no_secret() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tandem"));
    let models = checkout().join("data/models");
    command.args(["config", "show"]).env("TANDEM_MODELS", &models).env("TANDEM_TOKEN", "0123456789abcdef").env("NO_COLOR", "1");
    let shown = said(&command.output().unwrap());
    for wanted in [text(&models), "TANDEM_MODELS names it", "NO_COLOR=1", "TANDEM_TOKEN=(set, not shown)", "threads"] {
        assert!(shown.contains(wanted), "{wanted} is not in {shown}");
    }
    assert!(!shown.contains("0123456789abcdef"), "{shown}");
}

#[test]
fn what_goes_into_a_file_has_no_colours() {
    let dir = tempfile::tempdir().unwrap();
    let corpus = checkout().join("data/fixtures/bad");
    let output = tandem(&["-vv", "prep", "--corpus", text(&corpus), "--out", text(&dir.path().join("out"))]);
    let logged = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(logged.contains("DEBUG") && !logged.contains('\u{1b}'), "{logged}");
    assert!(!said(&tandem(&["--help"])).contains('\u{1b}'));
}

#[test]
fn a_server_is_asked_for_its_health() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let serving = std::thread::spawn(move || {
        for status in ["200 OK", "503 Service Unavailable"] {
            let (mut stream, _) = listener.accept().unwrap();
            assert!(stream.read(&mut [0; 512]).unwrap() > 0);
            write!(stream, "HTTP/1.1 {status}\r\n\r\n{{\"status\":\"ok\"}}").unwrap();
        }
    });
    assert_eq!(json(0, &["health", "--url", &url])["detail"]["answer"]["status"], "ok");
    let ill = tandem(&["health", "--url", &url]);
    assert!(code(&ill) == 1 && said(&ill).contains("503"), "{}", said(&ill));
    serving.join().unwrap();
    let gone = tandem(&["health", "--url", &url]);
    assert!(code(&gone) == 1 && said(&gone).contains("tandem serve"), "{}", said(&gone));
}

#[cfg(unix)]
#[test]
fn a_verb_that_is_stopped_ends_at_once_says_how_to_go_on_and_can() {
    use std::os::unix::process::ExitStatusExt as _;
    use std::process::Stdio;
    use std::time::{Duration, Instant};

    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("out");
    let world = ["synth", "--world", "small", "--triples", "200000", "--out", text(&out)];
    for (name, number) in [("INT", 2), ("TERM", 15)] {
        let mut running =
            Command::new(env!("CARGO_BIN_EXE_tandem")).args(world).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let begun = Instant::now();
        while !out.join("run.json").exists() {
            assert!(begun.elapsed() < Duration::from_secs(60), "nothing is written");
            std::thread::sleep(Duration::from_millis(20));
        }
        std::thread::sleep(Duration::from_millis(300));
        assert!(running.try_wait().unwrap().is_none(), "it is done already");
        assert!(Command::new("kill").args(["-s", name, &running.id().to_string()]).status().unwrap().success());
        let told = Instant::now();
        let output = running.wait_with_output().unwrap();
        assert!(told.elapsed() < Duration::from_secs(2), "{:?}", told.elapsed());
        assert_eq!(output.status.signal(), Some(number), "a shell sees what ended it");
        assert!(said(&output).contains("the same command goes on"), "{}", said(&output));
    }
}

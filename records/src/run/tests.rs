use super::*;

#[test]
fn a_run_is_finished_once_its_manifest_and_all_its_files_exist() {
    let dir = tempfile::tempdir().unwrap();
    let run = RunFolder::open(dir.path(), "synth", &("world", 3), 7).unwrap();
    assert!(run.finished().unwrap().is_none());
    let file = dir.path().join("rows.parquet");
    fs::write(&file, b"rows").unwrap();
    run.finish(Counts::new(), vec![Shard::of(&file, 1).unwrap()]).unwrap();
    drop(run);
    let again = RunFolder::open(dir.path(), "synth", &("world", 3), 7).unwrap();
    assert_eq!(again.finished().unwrap().unwrap().shards[0].rows, 1);
    fs::write(&file, b"cut").unwrap();
    assert!(again.finished().unwrap().is_none());
}

#[test]
fn a_folder_of_another_configuration_is_refused_by_name() {
    let dir = tempfile::tempdir().unwrap();
    RunFolder::open(dir.path(), "synth", &1, 7).unwrap();
    let error = RunFolder::open(dir.path(), "prep", &1, 7).unwrap_err().to_string();
    assert!(error.contains("synth") && error.contains(&dir.path().display().to_string()), "{error}");
}

#[test]
fn one_run_at_a_time_writes_into_a_folder() {
    let dir = tempfile::tempdir().unwrap();
    let run = RunFolder::open(dir.path(), "prep", &1, 7).unwrap();
    let clone = run.clone();
    drop(run);
    let error = RunFolder::open(dir.path(), "prep", &1, 7).unwrap_err();
    assert!(matches!(error, RunError::Busy { .. }), "{error}");
    assert!(matches!(RunFolder::manifest(dir.path()), Err(RunError::Busy { .. })), "who reads it is told to wait");
    drop(clone);
    assert!(matches!(RunFolder::manifest(dir.path()), Err(RunError::Broken { .. })));
    RunFolder::open(dir.path(), "prep", &1, 7).unwrap();
}

#[test]
fn a_folder_with_files_of_the_user_is_refused_and_left_as_it_is() {
    for name in ["manifest.json", "README.md", "photos"] {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join(name), "mine").unwrap();
        let error = RunFolder::open(dir.path(), "synth", &1, 7).unwrap_err();
        assert!(matches!(error, RunError::Foreign { .. }) && error.to_string().contains(name), "{error}");
        assert!(!dir.path().join(INTENT).exists());
        assert_eq!(fs::read(dir.path().join(name)).unwrap(), b"mine");
    }
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join(INTENT), "{\"scripts\":{}}").unwrap();
    let error = RunFolder::open(dir.path(), "synth", &1, 7).unwrap_err().to_string();
    assert!(error.contains(INTENT) && !error.contains("delete"), "{error}");
    // What a system or an editor leaves in every folder is no reason to refuse one.
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join(".DS_Store"), "").unwrap();
    fs::create_dir(dir.path().join("lost+found")).unwrap();
    RunFolder::open(dir.path(), "synth", &1, 7).unwrap();
}

//! A reader on a larger encoder than the one that retrieves.

use super::*;

#[test]
fn a_larger_encoder_reads_in_the_words_of_the_one_that_retrieves() {
    let dir = tempfile::tempdir().unwrap();
    write_tables(dir.path());
    let data: Vec<PathBuf> = vec![dir.path().to_path_buf()];
    let (first, second, third) = (dir.path().join("first"), dir.path().join("second"), dir.path().join("third"));
    let [small, large] = [(); 2].map(|()| tempfile::tempdir().unwrap());
    fixture::base(small.path(), &fixture::bert());
    // Blocks that the preset does not take, and widths that fill groups of weights.
    let wide = BertConfig { hidden_size: 128, intermediate_size: 128, num_hidden_layers: 3, ..fixture::mpnet() };
    fixture::base(large.path(), &wide);
    let preset = dir.path().join("two.toml");
    let narrowing = TrainingConfig { steps: 2, validate_every: 0, ..TrainingConfig::default() };
    let numbers = include_str!("../../../presets/demo.toml").replace("\nblocks = 12", "\nblocks = 2");
    std::fs::write(&preset, format!("{numbers}\n[narrowing]\n{}", toml::to_string(&narrowing).unwrap())).unwrap();
    let from = |dir: &Path| RetrieveOptions { encoder: Some(dir.to_path_buf()), preset: preset.display().to_string(), ..two_steps() };
    train_retrieve(&data, &first, &from(small.path()), &ProgressBar::hidden()).unwrap();
    let onto = RetrieveOptions { base: Some(first.clone()), ..from(large.path()) };
    train_retrieve(&data, &second, &onto, &ProgressBar::hidden()).unwrap();
    // And another reader on that.
    train_retrieve(&data, &third, &RetrieveOptions { base: Some(second.clone()), ..onto }, &ProgressBar::hidden()).unwrap();
    let load = |run: &Path| Answerer::load(&run.join("model"), &cpu()).unwrap();
    let [before, after, again] = [&first, &second, &third].map(|run| load(run));
    assert_eq!((after.config.encoder.hidden_size, after.config.encoder.num_hidden_layers), (128, 2));
    assert_eq!(after.config.retriever.as_ref().unwrap().base, before.config.base);
    assert_eq!(after.config.retriever, again.config.retriever);
    assert_eq!([&before, &after, &again].map(|answerer| answerer.config.narrow), [false, true, true]);
    let sections = fixture::triples(6).sections;
    let cosine = |a: &[Vec<f32>], b: &[Vec<f32>]| {
        let pairs = a.iter().zip(b).map(|(a, b)| a.iter().zip(b).map(|(a, b)| a * b).sum::<f32>());
        pairs.fold(1.0, f32::min)
    };
    // The same but for words in fewer bits; these are kept as they are from then on.
    let vectors = [&before, &after, &again].map(|answerer| answerer.embed_sections(&sections));
    assert!(cosine(&vectors[0], &vectors[1]) > 0.98, "{}", cosine(&vectors[0], &vectors[1]));
    assert_eq!(vectors[1], vectors[2]);
    assert!(after.embedding() != before.embedding() && after.embedding() == again.embedding());
    // The same from two published encoders, without a model of ours.
    let fourth = dir.path().join("fourth");
    let both = RetrieveOptions { retriever: Some(small.path().to_path_buf()), ..from(large.path()) };
    train_retrieve(&data, &fourth, &both, &ProgressBar::hidden()).unwrap();
    assert_eq!(load(&fourth).config.retriever, after.config.retriever);
    let card = std::fs::read_to_string(second.join("model/README.md")).unwrap();
    assert!(card.contains("width 128, 2 blocks") && card.contains("comparison another one: width 32"), "{card}");
}

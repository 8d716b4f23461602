use super::super::answer::tests::report;
use super::*;

fn question(json: Value) -> Result<String, Refusal> {
    serde_json::from_value::<Chat>(json).unwrap().question()
}

#[test]
fn the_last_thing_that_the_user_said_is_the_question() {
    let said = |content: Value| {
        json!({ "model": "tandem", "temperature": 0, "messages": [{ "role": "system", "content": "Be kind." },
            { "role": "user", "content": "First?" }, { "role": "assistant", "content": null }, { "role": "user", "content": content }] })
    };
    assert_eq!(question(said("Second?".into())).unwrap(), "Second?");
    assert_eq!(
        question(said(json!([{ "type": "text", "text": "Second" }, { "type": "text", "text": "line?" }]))).unwrap(),
        "Second\nline?"
    );
    let image = question(said(json!([{ "type": "image_url", "image_url": {} }]))).unwrap_err();
    assert!(image.status == 400 && image.message.contains("image_url"), "{image:?}");
    assert_eq!(question(json!({ "model": "gpt-5", "messages": [] })).unwrap_err().status, 404);
    assert_eq!(question(json!({ "model": "tandem", "messages": [] })).unwrap_err().status, 400);
    assert_eq!(question(json!({ "model": "tandem", "n": 2, "messages": [] })).unwrap_err().status, 400);
}

#[test]
fn the_pieces_of_a_stream_are_the_whole_answer() {
    let (head, report) = (Head::new("Who?"), report());
    let told = Told::of(&report, "http://localhost");
    let whole = head.whole(&report, &told);
    let pieces = head.chunks(&report, &told, true);
    let text: String = pieces.iter().filter_map(|piece| piece["choices"][0]["delta"]["content"].as_str()).collect();
    assert_eq!(whole["choices"][0]["message"]["content"], text);
    let end = &pieces[pieces.len() - 2];
    assert_eq!((&end["choices"][0]["finish_reason"], &end["tandem"]["answer"]), (&json!("stop"), &json!("Pia *Lund*")));
    assert_eq!(pieces.last().unwrap()["usage"], whole["usage"]);
    assert_eq!(whole["choices"][0]["message"]["annotations"][0]["url_citation"]["title"], "notes/a b&c.md");
}

#[test]
fn tokens_are_told_from_texts() {
    let input = |input: Value| serde_json::from_value::<Embeddings>(json!({ "model": "x", "input": input })).unwrap().input;
    assert!(matches!(input(json!("a")), Input::One(_)) && matches!(input(json!(["a", "b"])), Input::Several(_)));
    assert!(matches!(input(json!([1, 2])), Input::Tokens(_)) && matches!(input(json!([[1], [2]])), Input::Tokens(_)));
    assert_eq!(base64(&1.0_f32.to_le_bytes()), "AACAPw==");
}

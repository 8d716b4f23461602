//! Sums over the tree of a page: how much text, linked text and prose each element holds, and how often its like stands there.

use std::collections::HashMap;

use records::Line;

use super::shape::is_prose;
use crate::read::{Element, Outline};

/// What an element, or the page, holds; lengths in bytes.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Sums {
    pub text: f32,
    pub linked: f32,
    pub prose: f32,
    pub lines: f32,
}

impl Sums {
    fn of(line: &Line) -> Self {
        let text = line.text.len().max(1) as f32;
        let prose = if is_prose(line) { text } else { 0.0 };
        Self { text, linked: text * line.hints.link_density, prose, lines: 1.0 }
    }

    fn add(&mut self, other: Self) {
        self.text += other.text;
        self.linked += other.linked;
        self.prose += other.prose;
        self.lines += other.lines;
    }
}

/// An element with what is said of it over the page.
#[derive(Clone, Copy, Debug)]
pub(super) struct Node {
    pub parent: Option<u32>,
    pub sums: Sums,
    pub depth: u32,
    /// First and last line in it.
    pub first: u32,
    pub last: u32,
    /// Children of its parent that have its name and first class.
    pub siblings: u32,
    /// Elements of the page that have them.
    pub alike: u32,
    /// The child that holds most prose.
    heaviest: Option<u32>,
}

/// The tree of a page.
#[derive(Debug)]
pub(super) struct Tree {
    pub nodes: Vec<Node>,
    pub whole: Sums,
    /// The outermost element that holds most prose.
    root: Option<u32>,
}

impl Tree {
    pub fn of(lines: &[Line], outline: &Outline) -> Self {
        let mut tree = Self { nodes: nodes(&outline.elements), whole: Sums::default(), root: None };
        for (at, (line, place)) in lines.iter().zip(&outline.places).enumerate() {
            let sums = Sums::of(line);
            tree.whole.add(sums);
            if let Some(node) = place.and_then(|place| tree.nodes.get_mut(place as usize)) {
                node.sums.add(sums);
                (node.first, node.last) = (node.first.min(at as u32), at as u32);
            }
        }
        // Every element stands behind the one around it.
        for at in (0..tree.nodes.len()).rev() {
            let node = tree.nodes[at];
            let Some(parent) = node.parent else { continue };
            let parent = &mut tree.nodes[parent as usize];
            parent.sums.add(node.sums);
            (parent.first, parent.last) = (parent.first.min(node.first), parent.last.max(node.last));
        }
        for at in 0..tree.nodes.len() {
            let parent = tree.nodes[at].parent;
            let known = parent.map_or(tree.root, |parent| tree.nodes[parent as usize].heaviest);
            if known.is_none_or(|known| tree.nodes[known as usize].sums.prose < tree.nodes[at].sums.prose) {
                match parent {
                    Some(parent) => tree.nodes[parent as usize].heaviest = Some(at as u32),
                    None => tree.root = Some(at as u32),
                }
            }
        }
        tree
    }

    /// An element and those around it, innermost first.
    pub fn chain(&self, place: Option<u32>) -> impl Iterator<Item = &Node> {
        let mut next = place;
        std::iter::from_fn(move || {
            let node = self.nodes.get(next? as usize)?;
            next = node.parent;
            Some(node)
        })
    }

    /// The innermost element on the way down that holds at least `share` of the prose, always into the child with most of it.
    pub fn densest(&self, share: f32) -> Option<&Node> {
        let enough = |node: &Node| node.sums.prose > 0.0 && node.sums.prose >= share * self.whole.prose;
        let (mut found, mut next) = (None, self.root);
        while let Some(node) = next.map(|next| &self.nodes[next as usize]).filter(|node| enough(node)) {
            (found, next) = (Some(node), node.heaviest);
        }
        found
    }
}

/// The elements without their sums.
fn nodes(elements: &[Element]) -> Vec<Node> {
    let likeness = |element: &Element| (element.name.clone(), element.words.split(' ').next().unwrap_or_default().to_owned());
    let (mut siblings, mut alike) = (HashMap::new(), HashMap::new());
    for element in elements {
        *siblings.entry((element.parent, likeness(element))).or_insert(0) += 1;
        *alike.entry(likeness(element)).or_insert(0) += 1;
    }
    let mut nodes: Vec<Node> = Vec::with_capacity(elements.len());
    for element in elements {
        let likeness = likeness(element);
        nodes.push(Node {
            parent: element.parent,
            sums: Sums::default(),
            depth: element.parent.map_or(0, |parent| nodes[parent as usize].depth + 1),
            first: u32::MAX,
            last: 0,
            alike: alike.get(&likeness).copied().unwrap_or(1),
            siblings: siblings.get(&(element.parent, likeness)).copied().unwrap_or(1),
            heaviest: None,
        });
    }
    nodes
}

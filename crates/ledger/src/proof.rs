//! Proofs: that a leaf is in a tree, and that a tree continues an earlier one (RFC 6962 section
//! 2.1.1 and 2.1.2; checked as in RFC 9162 section 2.1.3.2 and 2.1.4.2).

use crate::hash::left_half;
use crate::{EMPTY_ROOT, Hash, LedgerError, TileReader, View, node_hash};

/// Most hashes of a proof: one for each level of a tree.
pub(crate) const PROOF_HASHES_MAX: usize = 63;

/// The proof that leaf `index` is in the tree: from the leaf's sibling up to the root's child.
///
/// # Errors
/// [`LedgerError::Beyond`] where there is no such leaf, or what reading the tiles gives.
pub fn inclusion<R: TileReader>(view: &View<R>, index: u64) -> Result<Vec<Hash>, LedgerError> {
    inclusion_at(view, index, view.size())
}

/// The proof that leaf `index` is in the tree as it was when it had `size` leaves.
///
/// # Errors
/// [`LedgerError::Beyond`] where there was no such leaf or tree, or what reading the tiles gives.
pub fn inclusion_at<R: TileReader>(
    view: &View<R>,
    index: u64,
    size: u64,
) -> Result<Vec<Hash>, LedgerError> {
    if index >= size {
        return Err(LedgerError::Beyond { index, size });
    }
    if size > view.size() {
        return Err(LedgerError::Beyond { index: size - 1, size: view.size() });
    }
    let (mut low, mut high) = (0, size);
    let mut siblings = Vec::new();
    while high - low > 1 {
        let split = low + left_half(high - low);
        if index < split {
            siblings.push((split, high));
            high = split;
        } else {
            siblings.push((low, split));
            low = split;
        }
    }
    siblings.into_iter().rev().map(|(low, high)| view.subtree(low, high)).collect()
}

/// The proof that the tree continues the tree that had its first `old` leaves. Empty where `old`
/// is 0 or the whole tree.
///
/// # Errors
/// [`LedgerError::Shrunk`] where the tree has fewer leaves, or what reading the tiles gives.
pub fn consistency<R: TileReader>(view: &View<R>, old: u64) -> Result<Vec<Hash>, LedgerError> {
    consistency_between(view, old, view.size())
}

/// The proof that the tree as it was with `new` leaves continues the one with `old`.
///
/// # Errors
/// [`LedgerError::Shrunk`] where `old` is the larger, [`LedgerError::Beyond`] where the tree never
/// had `new` leaves, or what reading the tiles gives.
pub fn consistency_between<R: TileReader>(
    view: &View<R>,
    old: u64,
    new: u64,
) -> Result<Vec<Hash>, LedgerError> {
    if new > view.size() {
        return Err(LedgerError::Beyond { index: new - 1, size: view.size() });
    }
    if old > new {
        return Err(LedgerError::Shrunk { old, new });
    }
    if old == 0 || old == new {
        return Ok(Vec::new());
    }
    let (mut low, mut high) = (0, new);
    let mut parts = Vec::new();
    // The old tree's right edge is looked for; what lies beside the way belongs to the proof.
    while high != old {
        let split = low + left_half(high - low);
        if old <= split {
            parts.push((split, high));
            high = split;
        } else {
            parts.push((low, split));
            low = split;
        }
    }
    if low > 0 {
        parts.push((low, high));
    }
    parts.into_iter().rev().map(|(low, high)| view.subtree(low, high)).collect()
}

/// Checks that a leaf is in the tree of this size and root.
///
/// # Errors
/// [`LedgerError::Beyond`] where there is no such leaf, [`LedgerError::NotIncluded`] where the
/// proof does not show it.
pub fn verify_inclusion(
    index: u64,
    size: u64,
    leaf: &Hash,
    proof: &[Hash],
    root: &Hash,
) -> Result<(), LedgerError> {
    if index >= size {
        return Err(LedgerError::Beyond { index, size });
    }
    let (mut node, mut last) = (index, size - 1);
    let mut hash = *leaf;
    let mut siblings = proof.iter();
    while last > 0 {
        if node % 2 == 1 || node < last {
            let Some(sibling) = siblings.next() else {
                return Err(LedgerError::NotIncluded { index, size });
            };
            let (left, right) = if node % 2 == 1 { (sibling, &hash) } else { (&hash, sibling) };
            hash = node_hash(left, right);
        }
        node /= 2;
        last /= 2;
    }
    if siblings.next().is_none() && hash == *root {
        Ok(())
    } else {
        Err(LedgerError::NotIncluded { index, size })
    }
}

/// Checks that the tree `new` continues the tree `old`: each a size and a root.
///
/// # Errors
/// [`LedgerError::Shrunk`] where the new one is smaller, [`LedgerError::Inconsistent`] where the
/// proof does not show it.
pub fn verify_consistency(
    old: (u64, &Hash),
    new: (u64, &Hash),
    proof: &[Hash],
) -> Result<(), LedgerError> {
    let ((old, old_root), (new, new_root)) = (old, new);
    if new < old {
        return Err(LedgerError::Shrunk { old, new });
    }
    let holds = match old {
        0 => proof.is_empty() && *old_root == EMPTY_ROOT && (new > 0 || old_root == new_root),
        _ if old == new => proof.is_empty() && old_root == new_root,
        _ => replay(old, new, old_root, proof) == Some((*old_root, *new_root)),
    };
    if holds { Ok(()) } else { Err(LedgerError::Inconsistent { old, new }) }
}

/// The two roots that a proof leads to.
fn replay(old: u64, new: u64, old_root: &Hash, proof: &[Hash]) -> Option<(Hash, Hash)> {
    let (mut node, mut last) = (old - 1, new - 1);
    while node % 2 == 1 {
        node /= 2;
        last /= 2;
    }
    let mut rest = proof.iter();
    // An old tree that is complete is itself the first subtree, and not repeated in the proof.
    let first = if old.is_power_of_two() { old_root } else { rest.next()? };
    let (mut of_old, mut of_new) = (*first, *first);
    while last > 0 {
        if node % 2 == 1 {
            let left = rest.next()?;
            of_old = node_hash(left, &of_old);
            of_new = node_hash(left, &of_new);
        } else if node < last {
            of_new = node_hash(&of_new, rest.next()?);
        }
        node /= 2;
        last /= 2;
    }
    rest.next().is_none().then_some((of_old, of_new))
}

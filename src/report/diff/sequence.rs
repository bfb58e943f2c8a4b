//! How two sequences are laid against each other: by index, or along what they have in common.
//!
//! It knows nothing of values; the caller says when two elements are the same.

/// One line of the comparison: the positions on the old and the new side, either may be missing.
pub type Pairing = (Option<usize>, Option<usize>);

/// Above this many cells the exact table is not built.
const TABLE_LIMIT: usize = 16 << 20;

/// Elements of the same index face each other; the longer side's rest stands alone.
#[must_use]
pub fn by_index(old: usize, new: usize) -> Vec<Pairing> {
    (0..old.max(new))
        .map(|i| ((i < old).then_some(i), (i < new).then_some(i)))
        .collect()
}

/// Pairs two lists. Lists of one length that are not merely reordered are compared index by index, all
/// others along a longest common subsequence. `is_object` elements that face each other in a gap are
/// compared rather than replaced.
#[must_use]
pub fn pair_elements<T>(
    old: &[T],
    new: &[T],
    same: impl Fn(&T, &T) -> bool,
    is_object: impl Fn(&T) -> bool,
) -> Vec<Pairing> {
    // Most elements stay where they are, so that is looked at first.
    let kept = |(i, o): (usize, &T)| same(o, &new[i]) || new.iter().any(|n| same(o, n));
    if old.len() == new.len() && !old.iter().enumerate().all(kept) {
        return by_index(old.len(), new.len());
    }
    let common = common_subsequence(old, new, &same);
    let mut pairs = Vec::with_capacity(old.len().max(new.len()));
    let (mut i, mut j) = (0, 0);
    // One round more than there are common elements: the last is the tail.
    for at in 0..=common.len() {
        let anchor = common.get(at).map(|&index| &old[index]);
        let free = |e: &T| anchor.is_none_or(|a| !same(e, a));
        while i < old.len() && free(&old[i]) {
            let facing = j < new.len() && free(&new[j]) && is_object(&old[i]) && is_object(&new[j]);
            pairs.push((Some(i), facing.then_some(j)));
            i += 1;
            j += usize::from(facing);
        }
        while j < new.len() && free(&new[j]) {
            pairs.push((None, Some(j)));
            j += 1;
        }
        if anchor.is_some() {
            pairs.push((Some(i), Some(j)));
            i += 1;
            j += 1;
        }
    }
    pairs
}

/// Positions on the old side of a longest common subsequence. Of several equally long ones it takes the
/// one found from the end, dropping new elements before old ones.
fn common_subsequence<T>(old: &[T], new: &[T], same: &impl Fn(&T, &T) -> bool) -> Vec<usize> {
    let shorter = old.len().min(new.len());
    let prefix = (0..shorter).take_while(|&i| same(&old[i], &new[i])).count();
    let suffix = (1..=shorter - prefix)
        .take_while(|&i| same(&old[old.len() - i], &new[new.len() - i]))
        .count();
    let (rows, columns) = (old.len() - prefix - suffix, new.len() - prefix - suffix);
    let mut middle = if rows.saturating_mul(columns) > TABLE_LIMIT {
        Vec::new()
    } else {
        let width = columns + 1;
        let mut table = vec![0u32; (rows + 1) * width];
        for i in 1..=rows {
            for j in 1..=columns {
                table[i * width + j] = if same(&old[prefix + i - 1], &new[prefix + j - 1]) {
                    table[(i - 1) * width + j - 1] + 1
                } else {
                    table[(i - 1) * width + j].max(table[i * width + j - 1])
                };
            }
        }
        let mut found = Vec::new();
        let (mut i, mut j) = (rows, columns);
        while i > 0 && j > 0 {
            if same(&old[prefix + i - 1], &new[prefix + j - 1]) {
                i -= 1;
                j -= 1;
                found.push(prefix + i);
            } else if table[(i - 1) * width + j] > table[i * width + j - 1] {
                i -= 1;
            } else {
                j -= 1;
            }
        }
        found.reverse();
        found
    };
    let mut all: Vec<usize> = (0..prefix).collect();
    all.append(&mut middle);
    all.extend(old.len() - suffix..old.len());
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `-a +b =c ~d/e` for the pairing of two strings' characters; capitals are objects.
    fn check(old: &str, new: &str, expected: &str) {
        let (o, n): (Vec<char>, Vec<char>) = (old.chars().collect(), new.chars().collect());
        let pairs = pair_elements(&o, &n, |a, b| a == b, |c| c.is_uppercase());
        let text: Vec<String> = pairs
            .iter()
            .map(|p| match *p {
                (Some(i), Some(j)) if o[i] == n[j] => format!("={}", o[i]),
                (Some(i), Some(j)) => format!("~{}/{}", o[i], n[j]),
                (Some(i), None) => format!("-{}", o[i]),
                (None, Some(j)) => format!("+{}", n[j]),
                (None, None) => "?".into(),
            })
            .collect();
        assert_eq!(text.join(" "), expected, "{old} to {new}");
    }

    #[test]
    fn equal_lengths_are_compared_by_index() {
        check("abcde", "aBcef", "=a ~b/B =c ~d/e ~e/f");
    }

    #[test]
    fn reorderings_and_other_lengths_follow_the_common_part() {
        check("abc", "cba", "-a -b =c +b +a");
        check("abc", "bca", "-a =b =c +a");
        check("aac", "cax", "-a -a =c +a +x");
        check("abcde", "abde", "=a =b -c =d =e");
        check("aba", "aabac", "=a +a =b =a +c");
        check("ab", "cde", "-a -b +c +d +e");
        check("", "a", "+a");
    }

    #[test]
    fn objects_that_face_each_other_in_a_gap_are_compared() {
        check("ABC", "Zs", "~A/Z -B -C +s");
        check("AB", "ZBN", "~A/Z =B +N");
        check("ABC", "AC", "=A -B =C");
    }

    #[test]
    fn huge_lists_still_show_common_ends() {
        let old: Vec<u32> = (0..5000).collect();
        let mut new: Vec<u32> = (0..5001).map(|i| i + 10_000).collect();
        new[0] = 0;
        let pairs = pair_elements(&old, &new, |a, b| a == b, |_| false);
        assert_eq!(pairs.first(), Some(&(Some(0), Some(0))));
        assert_eq!(pairs.len(), 10_000);
    }
}

//! Lists that come in pages.

use std::future::Future;

use crate::HttpError;

/// One page of a list.
#[derive(Clone, Debug)]
pub struct Page<T> {
    /// What is on it.
    pub items: Vec<T>,
    /// Whether another page follows.
    pub more: bool,
}

/// More pages than any of the vendors' lists has: a stop for a service that never says "last".
const MOST_PAGES: u32 = 10_000;

/// Fetches page after page, from number 1, until one says that it is the last or is empty.
pub async fn collect_pages<T, F, G>(mut fetch: G) -> Result<Vec<T>, HttpError>
where
    G: FnMut(u32) -> F,
    F: Future<Output = Result<Page<T>, HttpError>>,
{
    let mut all = Vec::new();
    for number in 1..=MOST_PAGES {
        let page = fetch(number).await?;
        let last = !page.more || page.items.is_empty();
        all.extend(page.items);
        if last {
            break;
        }
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn numbers(upto: u32, says_more: bool) -> Vec<u32> {
        collect_pages(|n| async move {
            Ok(Page {
                items: if n <= upto { vec![n] } else { vec![] },
                more: says_more || n < upto,
            })
        })
        .await
        .unwrap()
    }

    #[tokio::test]
    async fn it_ends_at_the_last_or_an_empty_page() {
        assert_eq!(numbers(3, false).await, [1, 2, 3]);
        assert_eq!(numbers(2, true).await, [1, 2]);
    }
}

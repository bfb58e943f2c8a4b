//! Who answers for a person who does a manual step: a file that was given, the person at the terminal, or in a
//! rehearsal the rehearsal itself.
//!
//! It asks one question at a time, while everything else goes on. What is sensitive is not in what it is given.

use std::collections::BTreeMap;
use std::io::BufRead as _;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use trunkline_api::BoxFuture;

use super::progress::Progress;
use super::shell::Shell;
use crate::project::answers::Answers;
use crate::registry::{Answer, Attest, ManualStep};
use crate::report::text_table::padded;

/// The file that answers in a rehearsal.
pub const SANDBOX_ANSWERS: &str = "sandbox.answers.hcl";

/// What an answer is found with.
pub struct Desk {
    /// Answers that were given beforehand.
    pub answers: Answers,
    /// Somebody is there to be asked.
    pub asks: bool,
    /// In a rehearsal a step is done when it is reached.
    pub rehearsal: bool,
    /// Who runs the command.
    pub who: String,
    /// Now, in RFC 3339.
    pub now: Arc<dyn Fn() -> String + Send + Sync>,
    /// Set when nothing new is to be begun.
    pub stop: Arc<AtomicBool>,
    /// Where questions are printed.
    pub shell: Shell,
    /// What else is printed waits for the end of a question.
    pub progress: Arc<Progress>,
}

/// The place of a [`Desk`], which is there once a command that applies has begun.
#[derive(Clone, Default)]
pub struct Desks {
    desk: Arc<Mutex<Option<Arc<Desk>>>>,
    /// Held by the question that is open.
    turn: Arc<tokio::sync::Mutex<()>>,
}

impl Desks {
    /// From here on steps are answered.
    pub fn open(&self, desk: Desk) {
        let mut place = self.desk.lock().unwrap_or_else(PoisonError::into_inner);
        *place = Some(Arc::new(desk));
    }

    /// How the provider asks.
    #[must_use]
    pub fn attest(&self) -> Attest {
        let desks = self.clone();
        Arc::new(move |step| desks.clone().answer(step))
    }

    fn answer(self, step: ManualStep) -> BoxFuture<'static, Answer> {
        let place = self.desk.lock().unwrap_or_else(PoisonError::into_inner);
        let desk = place.clone();
        drop(place);
        Box::pin(async move {
            let Some(desk) = desk else {
                return Answer::Pending("This command does not ask for steps of people.".into());
            };
            match desk.given(&step) {
                Given::Answered(answer) => answer,
                Given::Unanswered(why) if !desk.asks => Answer::Pending(why),
                Given::Unanswered(_) => {
                    let turn = self.turn.lock().await;
                    let answer = desk.ask(step).await;
                    drop(turn);
                    answer
                }
            }
        })
    }
}

enum Given {
    Answered(Answer),
    /// Why a step stays open when nobody is asked.
    Unanswered(String),
}

/// Identifies what a person confirms: another text or value is another code.
fn code(step: &ManualStep) -> String {
    let text = format!(
        "{:?}",
        (
            &step.title,
            &step.instructions,
            &step.who,
            &step.values,
            &step.asks
        )
    );
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, text.as_bytes());
    let bytes = digest.as_ref().iter().take(4);
    bytes.map(|b| format!("{b:02x}")).collect()
}

impl Desk {
    /// The answer that was given beforehand.
    fn given(&self, step: &ManualStep) -> Given {
        let code = code(step);
        let none = || {
            let how = match self.rehearsal {
                true => format!(
                    "A rehearsal does the steps of people by itself, but what comes back of this one has to be given. Add this to {SANDBOX_ANSWERS}:\n\n{}",
                    self.block(step, None)
                ),
                false => format!(
                    "Nobody could be asked. Run apply at a terminal, or give an answer with -answers=FILE:\n\n{}",
                    self.block(step, Some(&code))
                ),
            };
            Given::Unanswered(how)
        };
        let given = self.answers.get(&step.address);
        let Some(given) = given else {
            return match self.rehearsal && step.asks.is_empty() {
                true => Given::Answered(self.done("sandbox".into(), BTreeMap::new())),
                false => none(),
            };
        };
        if !self.rehearsal && given.code.as_deref() != Some(&*code) {
            return Given::Unanswered(format!(
                "An answer was given, but to what the step was before: its code is {} and not {}. Look at what has changed, do it, and give an answer with the new code:\n\n{}",
                code,
                given.code.as_deref().unwrap_or("there"),
                self.block(step, Some(&code))
            ));
        }
        let missing =
            |ask: &&crate::registry::Ask| given.results.get(&ask.name).is_none_or(|r| r.is_empty());
        if let Some(ask) = step.asks.iter().find(missing) {
            return Given::Unanswered(format!(
                "An answer was given, but without the value {:?} ({}).",
                ask.name, ask.description
            ));
        }
        let by = given.by.clone().unwrap_or_else(|| match self.rehearsal {
            true => "sandbox".into(),
            false => self.who.clone(),
        });
        Given::Answered(self.done(by, given.results.clone()))
    }

    fn done(&self, by: String, results: BTreeMap<String, String>) -> Answer {
        let at = (self.now)();
        Answer::Done { by, at, results }
    }

    /// An answer to be filled in.
    fn block(&self, step: &ManualStep, code: Option<&str>) -> String {
        let mut lines = vec![format!("    step {:?} {{", step.address)];
        if let Some(code) = code {
            lines.push(format!("      code    = {code:?}"));
            lines.push(format!("      by      = {:?}", self.who));
        }
        if !step.asks.is_empty() {
            lines.push("      results = {".into());
            for ask in &step.asks {
                lines.push(format!("        {:?} = \"...\"", ask.name));
            }
            lines.push("      }".into());
        }
        lines.push("    }".into());
        lines.join("\n")
    }

    /// Asks the person at the terminal. Only while nothing else is asked.
    async fn ask(&self, step: ManualStep) -> Answer {
        if self.stop.load(Ordering::Relaxed) {
            return Answer::Pending("The run was stopped.".into());
        }
        self.progress.hold();
        self.shell.out(&question(&step));
        let answered = self.conversation(&step).await;
        self.progress.go_on();
        match answered {
            Ok(results) => self.done(self.who.clone(), results),
            Err(why) => Answer::Pending(why),
        }
    }

    async fn conversation(&self, step: &ManualStep) -> Result<BTreeMap<String, String>, String> {
        let confirmed = self
            .line(
                "  Is it done? Only 'yes' will be accepted to confirm: ".into(),
                false,
            )
            .await?;
        if confirmed != "yes" {
            return Err("It was not confirmed. Apply again when it is done.".into());
        }
        let mut results = BTreeMap::new();
        for ask in &step.asks {
            let description = match ask.description.trim() {
                "" => String::new(),
                text => format!(" ({text})"),
            };
            loop {
                let prompt = format!("  {}{description}: ", ask.name);
                let text = self.line(prompt, ask.secret).await?;
                if !text.is_empty() {
                    results.insert(ask.name.clone(), text);
                    break;
                }
            }
        }
        Ok(results)
    }

    /// A line from the terminal. It is read by a thread of its own, so that everything else goes on, and given up
    /// when the run is stopped.
    async fn line(&self, prompt: String, secret: bool) -> Result<String, String> {
        let (send, mut receive) = tokio::sync::oneshot::channel();
        let shell = self.shell.clone();
        std::thread::spawn(move || {
            shell.out(&prompt);
            let line = match secret && (shell.terminal || shell.error_terminal) {
                true => read_hidden(&shell),
                false => read_line(),
            };
            drop(send.send(line));
        });
        let stopped = async {
            while !self.stop.load(Ordering::Relaxed) {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        tokio::select! {
            line = &mut receive => line.ok().flatten().ok_or_else(|| "The terminal was closed.".into()),
            () = stopped => Err("The run was stopped.".into()),
        }
    }
}

fn read_line() -> Option<String> {
    let mut line = String::new();
    match std::io::stdin().lock().read_line(&mut line) {
        Ok(0) | Err(_) => None,
        Ok(_) => Some(line.trim().to_owned()),
    }
}

/// A line that the terminal does not show.
fn read_hidden(shell: &Shell) -> Option<String> {
    let terminal = match shell.terminal {
        true => console::Term::stdout(),
        false => console::Term::stderr(),
    };
    let line = terminal.read_secure_line().ok()?;
    Some(line.trim().to_owned())
}

/// What a person is told before being asked.
fn question(step: &ManualStep) -> String {
    let mut text = format!(
        "\n{} is a step for a person:\n\n  {}\n",
        step.address, step.title
    );
    if let Some(who) = &step.who {
        text.push_str(&format!("  Who: {who}\n"));
    }
    text.push('\n');
    for line in step.instructions.trim_end().lines() {
        let line = format!("  {line}");
        text.push_str(&format!("{}\n", line.trim_end()));
    }
    text.push('\n');
    if !step.values.is_empty() {
        let width = step
            .values
            .iter()
            .map(|(name, _)| name.chars().count())
            .max();
        let width = width.unwrap_or_default();
        for (name, value) in &step.values {
            let value = match value {
                Some(value) => format!("{value:?}"),
                None => "(sensitive value)".into(),
            };
            text.push_str(&format!("    {} = {value}\n", padded(name, width)));
        }
        text.push('\n');
    }
    text
}

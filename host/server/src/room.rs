//! Waiting for room in the decision log.
//!
//! A disk that does not keep up makes answers wait, which must not make anything else wait: no thread is
//! held meanwhile, and who hangs up is gone with the future that waited for them.

use std::time::Duration;

use engine::answers::Answers;

use crate::problem::Problem;

const FIRST_PAUSE: Duration = Duration::from_millis(2);
const LONGEST_PAUSE: Duration = Duration::from_millis(100);

/// Makes an attempt until it comes to something, for as long as the log may let answers wait. It comes
/// to nothing while there is no room.
pub(crate) async fn when_there_is_room<T>(
    answers: &Answers,
    mut attempt: impl FnMut() -> Result<Option<T>, Problem>,
) -> Result<T, Problem> {
    if let Some(done) = attempt()? {
        return Ok(done);
    }
    answers.waits();
    let again = async {
        let mut pause = FIRST_PAUSE;
        loop {
            tokio::time::sleep(pause).await;
            pause = pause.saturating_mul(2).min(LONGEST_PAUSE);
            if answers.has_room()
                && let Some(done) = attempt()?
            {
                return Ok(done);
            }
        }
    };
    let waited = tokio::time::timeout(answers.patience(), again).await;
    waited.unwrap_or_else(|_| Err(Problem::from(answers.refuse())))
}

//! Decisions, their options, and what answers lead to.

mod text;

use rechain_history::RevisionId;
use rechain_planner::{
    Answer, Answers, Choice, Decision, Effects, Outcome, Publication, Situation, Wishes,
};
use text::{History, applied_to, history, steps};

/// One run: plan, and answer what is open with the option that reads `answer`.
struct Run {
    history: History,
    publication: Publication,
    wishes: Wishes,
}

impl Run {
    fn of(text: &str, publication: &dyn Fn(&History) -> Publication) -> Self {
        let history = history(text);
        Self {
            publication: publication(&history),
            history,
            wishes: Wishes::default(),
        }
    }

    fn situation<T>(&self, look: impl FnOnce(&Situation<'_>, &Effects) -> T) -> T {
        let expectations = rechain_history::Expectations::default();
        let situation = Situation::new(&self.history.graph, &self.publication, &expectations);
        look(&situation, &self.history.effects)
    }

    fn plan(&self) -> Outcome {
        self.situation(|situation, effects| situation.plan(effects, &self.wishes))
    }

    fn open(&self) -> Vec<Decision> {
        match self.plan() {
            Outcome::Open(open) => open,
            outcome => panic!("nothing is open: {outcome:?}"),
        }
    }

    fn choices(&self) -> Vec<Choice> {
        let open = self.open();
        self.situation(|situation, effects| {
            situation.choices(&open[0], effects, &self.wishes, None)
        })
    }

    /// `NAME: ANSWER | ANSWER*`, the default with a star.
    fn question(&self) -> String {
        let options: Vec<String> = self
            .choices()
            .iter()
            .map(|choice| {
                format!(
                    "{}{}",
                    choice.answer,
                    if choice.is_default { "*" } else { "" }
                )
            })
            .collect();
        format!(
            "{}: {}",
            self.open()[0].id(&self.history.graph),
            options.join(" | ")
        )
    }

    fn answer(mut self, answer: &str) -> Self {
        let open = self.open();
        let id = open[0].id(&self.history.graph);
        let choice = self
            .choices()
            .into_iter()
            .find(|choice| choice.answer.to_string() == answer)
            .unwrap_or_else(|| panic!("no option {answer}: {}", self.question()));
        self.wishes.answers.give(id, choice.answer);
        self
    }

    fn steps(&self) -> String {
        steps(&self.plan())
    }

    /// The order of the arrangement `at`, and what `order` of it comes to.
    fn arrange(&mut self, order: &str) -> Result<String, String> {
        let arrangement = self
            .situation(|situation, effects| situation.arrangements(effects, &self.wishes))
            .remove(0);
        let ids: Vec<RevisionId> = order.split(' ').map(RevisionId::from).collect();
        let graph = &self.history.graph;
        let indices: Vec<_> = ids
            .iter()
            .filter_map(|id| graph.index(id.as_str()))
            .collect();
        let objections = arrangement.objections(&indices);
        if let Some(first) = objections.first() {
            return Err(first.words(graph));
        }
        self.wishes
            .answers
            .give(arrangement.id, Answer::Arrange(ids));
        Ok(self.steps())
    }
}

fn unknown(_: &History) -> Publication {
    Publication::Unknown
}

fn nothing(_: &History) -> Publication {
    Publication::Nothing
}

fn at(heads: &'static [&'static str]) -> impl Fn(&History) -> Publication {
    move |history| history.published(heads)
}

#[test]
fn which_side_is_deployed() {
    let run = || Run::of("a:; b: a; c: a; d: c", &unknown);
    assert_eq!(
        run().question(),
        "deployed:b+d: b is deployed | d is deployed* | nothing is deployed"
    );
    assert_eq!(run().answer("b is deployed").steps(), "c->b");
    assert_eq!(run().answer("d is deployed").steps(), "b->d");
    assert_eq!(run().answer("nothing is deployed").steps(), "b->d");
    let run = run().answer("b is deployed");
    let Outcome::Plan(plan) = run.plan() else {
        panic!()
    };
    let presumed = plan.presumed.expect("an answer said it");
    let index = |id| run.history.graph.index(id).unwrap();
    assert!(presumed.is_published(&run.history.graph, index("b")));
    assert!(presumed.is_published(&run.history.graph, index("a")));
    assert!(!presumed.is_published(&run.history.graph, index("c")));
}

#[test]
fn each_option_has_its_plan() {
    let run = Run::of("a:; b: a; c: a; d: c", &unknown);
    let plans: Vec<String> = run.choices().iter().map(|it| steps(&it.outcome)).collect();
    assert_eq!(plans, ["c->b", "b->d", "b->d"]);
}

#[test]
fn each_lineage_has_a_question_of_its_own() {
    let run = Run::of("a:; b: a; c: a; x:; y: x; z: x", &unknown);
    assert_eq!(run.open().len(), 2);
    let run = run.answer("b is deployed");
    assert_eq!(
        run.question(),
        "deployed:y+z: y is deployed* | z is deployed | nothing is deployed"
    );
    assert_eq!(run.answer("nothing is deployed").steps(), "z->y c->b");
}

#[test]
fn both_published_may_be_known_better() {
    let run = || Run::of("a:; b: a; c: a", &at(&["b", "c"]));
    assert_eq!(
        run().question(),
        "published:b+c: b is not deployed | c is not deployed | nothing is deployed"
    );
    assert_eq!(run().answer("b is not deployed").steps(), "b->c");
    assert_eq!(run().answer("c is not deployed").steps(), "c->b");
    assert_eq!(run().answer("nothing is deployed").steps(), "c->b");
}

#[test]
fn a_conflict_can_be_kept_in_either_order() {
    let run = || Run::of("a:; b: a | +t; c: a | +t", &nothing);
    assert_eq!(run().question(), "conflict:b+c: b before c | c before b");
    let kept = run().answer("b before c");
    assert_eq!(kept.steps(), "c->b");
    let Outcome::Plan(plan) = kept.plan() else {
        panic!()
    };
    assert_eq!(plan.kept.len(), 1);
    assert_eq!(run().answer("c before b").steps(), "b->c");
}

#[test]
fn what_is_published_cannot_be_put_behind() {
    let run = Run::of("a:; b: a | +t; c: a | +t", &at(&["b"]));
    assert_eq!(run.question(), "conflict:b+c: b before c");
    assert_eq!(run.answer("b before c").steps(), "c->b");
}

#[test]
fn revisions_that_need_each_other_can_be_kept() {
    let run = || Run::of("a:; b: a | +t u; c: a | +u t", &nothing);
    assert_eq!(run().question(), "conflict:b+c: b before c | c before b");
    let run = run().answer("c before b");
    assert_eq!(run.steps(), "b->c");
    let Outcome::Plan(plan) = run.plan() else {
        panic!()
    };
    assert_eq!(plan.kept.len(), 1, "what it contradicts is named");
}

#[test]
fn strict_can_be_answered() {
    let mut run = Run::of("a:; b: a; c: a | ?", &at(&["b"]));
    run.wishes.strict = true;
    assert_eq!(run.question(), "unknown:c: accept");
    assert_eq!(run.answer("accept").steps(), "c->b");
}

#[test]
fn the_same_answers_give_the_same_plan_in_any_order() {
    let run = Run::of("a:; b: a; c: a; x:; y: x; z: x", &unknown);
    let graph = &run.history.graph;
    let open = run.open();
    let give = |order: [usize; 2]| {
        let mut answers = Answers::default();
        for at in order {
            let answer = match &open[at] {
                Decision::WhichSideStays { sides, .. } => {
                    Answer::Deployed(graph[sides[1].head].id.clone())
                }
                other => panic!("{other:?}"),
            };
            answers.give(open[at].id(graph), answer);
        }
        let wishes = Wishes {
            answers,
            ..Wishes::default()
        };
        run.situation(|situation, effects| situation.plan(effects, &wishes))
    };
    assert_eq!(give([0, 1]), give([1, 0]));
}

#[test]
fn an_order_of_ones_own() {
    let run = || Run::of("a:; b: a | +t; c: b | t; d: a | +u; e: d", &nothing);
    assert_eq!(run().arrange("d b e c").unwrap(), "b->d e->b c->e");
    assert_eq!(run().arrange("b c d e").unwrap(), "d->c");
    assert_eq!(
        run().arrange("c b d e").unwrap_err(),
        "c needs table t, made in b"
    );
}

#[test]
fn an_order_stays_above_what_is_published() {
    let mut run = Run::of("a:; b: a; c: b; d: a; e: d", &at(&["b"]));
    assert_eq!(run.arrange("e c d").unwrap(), "e->b c->e d->c");
}

#[test]
fn a_straight_line_can_be_put_in_another_order() {
    let mut run = Run::of("a:; b: a; c: b; d: c", &at(&["a"]));
    assert_eq!(run.arrange("c b d").unwrap(), "c->a b->c d->b");
    let mut run = Run::of("a:; b: a; c: b", &at(&["a"]));
    let arrangement = run
        .situation(|it, effects| it.arrangements(effects, &run.wishes))
        .remove(0);
    let order = vec!["b".into(), "c".into()];
    run.wishes
        .answers
        .give(arrangement.id, Answer::Arrange(order));
    assert_eq!(run.plan(), Outcome::Sound);
}

#[test]
fn what_is_not_understood_may_turn_but_is_named() {
    let run = Run::of("a:; b: a | ?; c: b", &nothing);
    let arrangement = run
        .situation(|it, effects| it.arrangements(effects, &run.wishes))
        .remove(0);
    let index = |id| run.history.graph.index(id).unwrap();
    let objections = arrangement.objections(&[index("a"), index("c"), index("b")]);
    assert_eq!(objections.len(), 1);
    assert!(!objections[0].is_impossible());
}

#[test]
fn an_order_that_cannot_be_is_a_conflict() {
    let mut run = Run::of("a:; b: a | +t; c: b | t; d: a", &nothing);
    let arrangement = run
        .situation(|it, effects| it.arrangements(effects, &run.wishes))
        .remove(0);
    let order = vec!["c".into(), "b".into(), "d".into()];
    run.wishes
        .answers
        .give(arrangement.id, Answer::Arrange(order));
    assert!(matches!(run.open().as_slice(), [Decision::Conflict(_)]));
}

#[test]
fn a_conflict_stays_open_in_an_order_of_ones_own() {
    let mut run = Run::of("a:; b: a | +t; c: a | +t", &nothing);
    let arrangement = run
        .situation(|it, effects| it.arrangements(effects, &run.wishes))
        .remove(0);
    let order = vec!["c".into(), "b".into()];
    run.wishes
        .answers
        .give(arrangement.id, Answer::Arrange(order));
    assert_eq!(run.question(), "conflict:b+c: c before b");
    assert_eq!(run.answer("c before b").steps(), "b->c");
}

#[test]
fn databases_that_would_skip_something_are_named() {
    let run = Run::of("a:; b: a; c: a; d: c", &at(&["b"]));
    let outcome = run.plan();
    let Outcome::Plan(plan) = &outcome else {
        panic!()
    };
    let graph = &run.history.graph;
    let new = applied_to(&run.history, plan);
    let skipping = plan.skipping(graph, &new, &|it| run.publication.is_published(graph, it));
    assert_eq!(skipping.len(), 1);
    assert_eq!(skipping[0].rows, ["c".into(), "d".into()]);
    assert_eq!(skipping[0].skipped, ["b".into()]);
    assert_eq!(skipping[0].back_to, Some("a".into()));
}

//! ORM sessions over classes that the migration maps itself.

use super::*;

impl Writer {
    pub(super) fn session(&mut self, at: usize) {
        let ((name, schema), column) = (self.named(at), self.column(at));
        let arguments = if schema.is_empty() {
            String::new()
        } else {
            let schema = schema.trim_start_matches(", schema=");
            format!("    __table_args__ = {{\"schema\": {schema}}}\n")
        };
        if self.chance(4) {
            return self.related();
        }
        let letter = char::from(b'A' + u8::try_from(self.top.len()).unwrap_or(0));
        self.top.push(format!(
            "Base{letter} = sa.orm.declarative_base()\n\n\nclass {letter}(Base{letter}):\n    __tablename__ = {name}\n{arguments}    \
             id = sa.Column(sa.Integer, primary_key=True)\n    {column} = sa.Column(sa.Integer)"
        ));
        let opened = self.pick(&[
            "session = sa.orm.Session(bind=op.get_bind())",
            "session = sa.orm.sessionmaker(bind=op.get_bind())()",
            "session = sa.orm.Session(op.get_bind())",
        ]);
        self.say(opened);
        let lines = [
            format!("session.add({letter}(id=61))\n    session.commit()"),
            format!(
                "session.add_all([{letter}(id=62), {letter}(id=63, {column}=None)])\n    session.flush()"
            ),
            format!(
                "session.query({letter}).filter({letter}.id == 1).update({{\"{column}\": None}})\n    session.commit()"
            ),
            format!(
                "session.query({letter}).filter({letter}.{column}.is_(None)).delete()\n    session.commit()"
            ),
            format!(
                "for row in session.query({letter}).all():\n        row.{column} = None\n    session.commit()"
            ),
            format!(
                "row = session.query({letter}).filter_by(id=1).first()\n    if row:\n        session.delete(row)\n    session.commit()"
            ),
            format!(
                "session.execute(sa.update({letter}).values({column}=None))\n    session.commit()"
            ),
            format!("session.execute(sa.select({letter}.id, {letter}.{column})).all()"),
            format!(
                "for row in session.scalars(sa.select({letter})):\n        row.{column} = None\n    session.commit()"
            ),
            format!("session.get({letter}, 1)"),
            format!("session.query(sa.func.count({letter}.{column})).scalar()"),
            format!(
                "session.bulk_insert_mappings({letter}, [{{\"id\": 64}}])\n    session.commit()"
            ),
            format!("session.bulk_save_objects([{letter}(id=65)])\n    session.commit()"),
            format!("session.merge({letter}(id=1, {column}=None))\n    session.commit()"),
            format!("session.execute({letter}.__table__.delete())\n    session.commit()"),
            format!("{letter}.__table__.drop(op.get_bind())"),
            format!(
                "with sa.orm.Session(op.get_bind()) as inner:\n        inner.execute(sa.delete({letter}))\n        inner.commit()"
            ),
        ];
        let line = lines[self.random.below(lines.len())].clone();
        self.say(line);
    }

    /// Two mapped classes, of which one leads to the other.
    fn related(&mut self) {
        let names: Vec<&'static str> = self
            .model
            .tables
            .iter()
            .filter(|it| it.schema.is_none())
            .map(|it| it.name)
            .collect();
        let (Some(one), Some(other)) = (names.first(), names.last()) else {
            return self.construct(0);
        };
        if one == other {
            return self.construct(0);
        }
        let letter = char::from(b'A' + u8::try_from(self.top.len()).unwrap_or(0));
        self.top.push(format!(
            "Base{letter} = sa.orm.declarative_base()\n\n\nclass One{letter}(Base{letter}):\n    __tablename__ = \"{one}\"\n    \
             id = sa.Column(sa.Integer, primary_key=True)\n    of = sa.orm.relationship(\"Other{letter}\", backref=\"ones\")\n    \
             owner_id = sa.Column(sa.Integer, sa.ForeignKey(\"{other}.id\"))\n\n\nclass Other{letter}(Base{letter}):\n    \
             __tablename__ = \"{other}\"\n    id = sa.Column(sa.Integer, primary_key=True)"
        ));
        self.say("session = sa.orm.Session(bind=op.get_bind())");
        let lines = [
            format!(
                "session.add(One{letter}(id=71, of=Other{letter}(id=72)))\n    session.commit()"
            ),
            format!(
                "for row in session.query(Other{letter}):\n        for one in row.ones:\n            one.owner_id = None\n    session.commit()"
            ),
            format!(
                "for row in session.scalars(sa.select(One{letter})):\n        if row.of is not None:\n            session.delete(row.of)\n    session.commit()"
            ),
        ];
        let line = lines[self.random.below(lines.len())].clone();
        self.say(line);
    }
}

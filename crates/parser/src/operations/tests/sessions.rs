//! ORM sessions over classes that the migration maps.

use crate::testing::{check, check_file};

#[test]
fn orm_sessions() {
    let models = "Base = orm.declarative_base()
class User(Base):
    __tablename__ = 'users'
    id = sa.Column(sa.Integer, primary_key=True)
    name = sa.Column(sa.Text)
def upgrade():
    session = orm.Session(bind=op.get_bind())
";
    check_file(
        &format!(
            "{models}    for user in session.query(User).filter(User.name == 'x'):\n        user.name = 'y'\n    session.commit()\n"
        ),
        &[
            "conditional write rows of table users",
            "read rows of table users",
            "require column users.name",
        ],
    );
    check_file(
        &format!("{models}    session.add(User(name='x'))\n"),
        &["write rows of table users"],
    );
    check_file(
        &format!("{models}    session.query(User).update({{'name': 'x'}})\n"),
        &[
            "conditional write rows of table users",
            "read rows of table users",
            "require column users.name",
            "write rows of table users",
        ],
    );
    check(
        "from app.models import User\norm.Session(bind=op.get_bind()).query(User).all()",
        &["opaque: a statement with app.models.User"],
    );
}

#[test]
fn selected_objects_may_be_written_back() {
    let models = "Base = orm.declarative_base()
class User(Base):
    __tablename__ = 'users'
    id = sa.Column(sa.Integer, primary_key=True)
def upgrade():
";
    check_file(
        &format!(
            "{models}    session = orm.Session(bind=op.get_bind())\n    for user in session.scalars(sa.select(User)):\n        user.id = 1\n"
        ),
        &[
            "read rows of table users",
            "conditional write rows of table users",
        ],
    );
    check_file(
        &format!(
            "{models}    session = orm.Session(bind=op.get_bind())\n    session.execute(sa.select(User.id)).all()\n"
        ),
        &["read rows of table users", "require column users.id"],
    );
    // Rows of a connection are no objects.
    check_file(
        &format!("{models}    op.get_bind().execute(sa.select(User)).all()\n"),
        &["read rows of table users"],
    );
}

#[test]
fn relationships_lead_to_other_tables() {
    let models = |target: &str| {
        format!(
            "Base = orm.declarative_base()
between = sa.Table('user_teams', Base.metadata, sa.Column('user_id', sa.ForeignKey('users.id')))
class Team(Base):
    __tablename__ = 'teams'
    id = sa.Column(sa.Integer, primary_key=True)
    users = orm.relationship({target}, secondary=between, backref='teams')
class User(Base):
    __tablename__ = 'users'
    id = sa.Column(sa.Integer, primary_key=True)
def upgrade():
    session = orm.Session(bind=op.get_bind())
"
        )
    };
    // The relationship is named on the other side.
    check_file(
        &format!("{}    session.query(User).all()\n", models("'User'")),
        &[
            "conditional write rows of table teams",
            "conditional write rows of table user_teams",
            "conditional write rows of table users",
            "read rows of table users",
        ],
    );
    check_file(
        &format!("{}    session.add(User(id=1))\n", models("lambda: User")),
        &["opaque: an ORM session that writes"],
    );
    check_file(
        &format!(
            "{}    session.query(User).all()\n",
            models("'app.models.User'")
        ),
        &["opaque: ORM query of User", "read rows of table users"],
    );
}

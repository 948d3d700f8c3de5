#!/bin/sh
# Makes a small repository in one of the situations that the how-to guides are about:
#
#     sh examples/situations.sh SITUATION DIRECTORY
#
# Names, dates and so the commit ids are the same on every machine.
set -eu

situation=${1:?"which situation? $(sed -n 's/^\([a-z-]*\))$/\1/p' "$0" | tr '\n' ' ')"}
directory=${2:?which directory is to be made?}
template=$(cd "$(dirname "$0")" && pwd)/leadgen/backend/alembic/script.py.mako
mkdir "$directory"
cd "$directory"

export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1
export GIT_AUTHOR_EMAIL=shop@example.org GIT_COMMITTER_EMAIL=shop@example.org
hour=8
day=1

# person NAME: who commits from here on.
person() {
    export GIT_AUTHOR_NAME="$1" GIT_COMMITTER_NAME="$1"
}

# later: an hour passes.
later() {
    hour=$((hour + 1))
    if [ "$hour" -gt 18 ]; then
        hour=9 day=$((day + 1))
    fi
    export GIT_AUTHOR_DATE="2026-03-0$day $hour:00:00 +0000" GIT_COMMITTER_DATE="2026-03-0$day $hour:00:00 +0000"
}

# revision ID PARENT TITLE BODY...: a revision file, not committed yet. PARENT may be a tuple's text.
revision() {
    id=$1 parent=$2 title=$3
    shift 3
    slug=$(printf '%s' "$title" | tr 'A-Z ' 'a-z_')
    case $parent in
    '') quoted=None ;;
    '('*) quoted=$parent ;;
    *) quoted="\"$parent\"" ;;
    esac
    {
        printf '"""%s\n\nRevision ID: %s\nRevises: %s\n"""\n\n' "$title" "$id" "$(printf '%s' "$parent" | tr -d '()"')"
        printf 'import sqlalchemy as sa\nfrom alembic import op\n\n'
        printf 'revision = "%s"\ndown_revision = %s\nbranch_labels = %s\ndepends_on = None\n\n\n' "$id" "$quoted" "${label:-None}"
        printf 'def upgrade():\n'
        for line in "$@"; do
            printf '    %s\n' "$line"
        done
        printf '\n\ndef downgrade():\n    pass\n'
    } > "migrations/versions/${name:-${id}_$slug}.py"
}

# numbered ID PARENT TITLE BODY...: the same in a file that is called like the revision.
numbered() {
    (name=$1 && revision "$@")
}

# table NAME [COLUMN...]: the line that creates a table.
table() {
    line="op.create_table(\"$1\", sa.Column(\"id\", sa.Integer, primary_key=True)"
    shift
    for column in "$@"; do
        line="$line, $column"
    done
    printf '%s)' "$line"
}

# refers COLUMN TABLE: a column with a foreign key.
refers() {
    printf 'sa.Column("%s", sa.Integer, sa.ForeignKey("%s.id"))' "$1" "$2"
}

# add TABLE COLUMN: the line that adds a text column.
add() {
    printf 'op.add_column("%s", sa.Column("%s", sa.Text))' "$1" "$2"
}

commit() {
    later
    git add --all
    git commit --quiet --message "$1"
}

merge() {
    later
    git merge --quiet --no-ff --message "Merge branch '$1'${2:+ into $2}" "$1"
}

# An empty project, by Ada.
project() {
    git init --quiet --initial-branch=main
    person Ada
    mkdir -p migrations/versions
    cp "$template" migrations/script.py.mako
    printf '[alembic]\nscript_location = %%(here)s/migrations\n' > alembic.ini
}

# The shop: two revisions on main, by Ada.
shop() {
    project
    revision 4c1f0a9b7d21 '' 'Create users' "$(table users)"
    commit 'Create users'
    revision 8e2d5b6c9f30 4c1f0a9b7d21 'Create orders' "$(table orders "$(refers user_id users)")"
    commit 'Create orders'
}

# Ada's payments on main, and meanwhile Grace's invoices on the branch `invoices`.
two_people() {
    git checkout --quiet -b invoices
    person Grace
    revision d7a8c3e15b42 8e2d5b6c9f30 'Create invoices' "$(table invoices "$(refers order_id orders)")"
    commit 'Create invoices'
    revision e9b1f4a26c53 d7a8c3e15b42 'Send invoices' "$(add invoices sent_to)"
    commit 'Send invoices'
    git checkout --quiet main
    person Ada
    revision b5c6d7e8f901 8e2d5b6c9f30 'Create payments' "$(table payments "$(refers order_id orders)")"
    commit 'Create payments'
}

case $situation in
feature-branch)
    shop
    two_people
    git checkout --quiet invoices
    person Grace
    merge main invoices
    ;;
rebase)
    shop
    two_people
    git checkout --quiet invoices
    ;;
main-is-red)
    shop
    two_people
    merge invoices
    ;;
hot-fix)
    shop
    git checkout --quiet -b release/1.2
    revision a0f1e2d3c4b5 8e2d5b6c9f30 'Index orders in a hurry' 'op.create_index("ix_orders_user_id", "orders", ["user_id"])'
    commit 'Index orders in a hurry'
    git checkout --quiet main
    revision b5c6d7e8f901 8e2d5b6c9f30 'Create payments' "$(table payments "$(refers order_id orders)")"
    commit 'Create payments'
    merge release/1.2
    ;;
mess)
    shop
    git checkout --quiet -b everything
    person Grace
    revision d7a8c3e15b42 8e2d5b6c9f30 'Create invoices' "$(table invoices "$(refers order_id orders)")"
    commit 'Create invoices'
    revision c3d4e5f60718 8e2d5b6c9f30 'Create stock' "$(table stock)"
    commit 'Create stock'
    revision f0a1b2c3d4e5 '("d7a8c3e15b42", "c3d4e5f60718")' 'Merge heads' pass
    commit 'Merge heads'
    revision 1a2b3c4d5e6f f0a1b2c3d4e5 'Count stock' "$(add stock counted_by)"
    commit 'Count stock'
    revision 2b3c4d5e6f70 c3d4e5f60718 'Create suppliers' "$(table suppliers)"
    commit 'Create suppliers'
    ;;
conflict)
    shop
    git checkout --quiet -b notes
    person Grace
    revision d7a8c3e15b42 8e2d5b6c9f30 'Add a note to orders' "$(add orders note)"
    commit 'Add a note to orders'
    git checkout --quiet main
    person Ada
    revision b5c6d7e8f901 8e2d5b6c9f30 'Add notes' "$(add orders note)"
    commit 'Add notes'
    git checkout --quiet notes
    person Grace
    merge main notes
    ;;
review)
    shop
    git checkout --quiet -b invoices
    person Grace
    revision d7a8c3e15b42 8e2d5b6c9f30 'Create invoices' \
        'op.create_table(' \
        '    "invoices",' \
        '    sa.Column("id", sa.Integer, primary_key=True),' \
        '    sa.Column("order_id", sa.ForeignKey("orders.id"), nullable=False),' \
        '    sa.Column("sent_at", sa.DateTime),' \
        ')' \
        'op.create_index("ix_invoices_order_id", "invoices", ["order_id"])'
    commit 'Create invoices'
    revision e9b1f4a26c53 d7a8c3e15b42 'Let orders be anonymous' \
        'for key in sa.inspect(op.get_bind()).get_foreign_keys("orders"):' \
        '    op.drop_constraint(key["name"], "orders", type_="foreignkey")' \
        'op.alter_column("orders", "user_id", nullable=True)' \
        "op.execute(\"UPDATE orders SET user_id = NULL WHERE user_id = 0\")"
    commit 'Let orders be anonymous'
    git checkout --quiet main
    person Ada
    revision b5c6d7e8f901 8e2d5b6c9f30 'Create payments' "$(table payments "$(refers order_id orders)")"
    commit 'Create payments'
    revision c3d4e5f60718 b5c6d7e8f901 'Drop the user of orders' 'op.drop_column("orders", "user_id")'
    commit 'Drop the user of orders'
    git checkout --quiet invoices
    person Grace
    ;;
labels)
    project
    (label='("shop",)' && revision 4c1f0a9b7d21 '' 'Create users' "$(table users)")
    (label='("reports",)' && revision 9f8e7d6c5b4a '' 'Create reports' "$(table reports)")
    commit 'A shop, and reports'
    revision 8e2d5b6c9f30 4c1f0a9b7d21 'Create orders' "$(table orders "$(refers user_id users)")"
    commit 'Create orders'
    two_people
    git checkout --quiet invoices
    person Grace
    merge main invoices
    ;;
numbered-ids)
    project
    numbered 0001_create_users '' 'Create users' "$(table users)"
    numbered 0002_create_orders 0001_create_users 'Create orders' "$(table orders "$(refers user_id users)")"
    commit 'Users and orders'
    git checkout --quiet -b invoices
    person Grace
    numbered 0003_create_invoices 0002_create_orders 'Create invoices' "$(table invoices "$(refers order_id orders)")"
    commit 'Create invoices'
    git checkout --quiet main
    person Ada
    numbered 0003_create_payments 0002_create_orders 'Create payments' "$(table payments "$(refers order_id orders)")"
    commit 'Create payments'
    git checkout --quiet invoices
    person Grace
    merge main invoices
    ;;
git-revisions)
    shop
    {
        printf '"""Create invoices\n\nRevision ID: d7a8c3e15b42\n"""\n\n'
        printf 'from alembic_git_revisions import get_down_revision\n\n'
        printf 'revision = "d7a8c3e15b42"\ndown_revision = get_down_revision(revision)\n\n\n'
        printf 'def upgrade():\n    pass\n'
    } > migrations/versions/d7a8c3e15b42_create_invoices.py
    commit 'Create invoices'
    ;;
*)
    echo "there is no situation $situation" >&2
    exit 2
    ;;
esac

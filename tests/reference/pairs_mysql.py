"""MySQL (MariaDB) for `pairs.py`.

DDL cannot be rolled back there: the database is dropped, and the statements that made the base run again.
"""

import re

import sqlalchemy as sa

# COM_RESET_CONNECTION: variables, temporary tables and locks of the session are gone.
RESET_CONNECTION = 0x1F

LOOKS = re.compile(r"\s*(SELECT|SHOW|DESCRIBE|EXPLAIN|DESC)\b", re.IGNORECASE)


class MySql:
    started = None

    def __init__(self, url, run):
        self.run = run
        self.url = sa.engine.make_url(url)
        self.engine = sa.create_engine(self.url, poolclass=sa.pool.StaticPool)
        sa.event.listen(self.engine, "before_cursor_execute", self.seen)
        sa.event.listen(self.engine, "after_cursor_execute", self.ran)
        self.connection = self.engine.connect()
        self.made = []
        self.is_base = False
        self.is_touched = True

    def seen(self, _connection, _cursor, statement, _parameters, _context, _many):
        self.is_touched = self.is_touched or not LOOKS.match(statement)

    def ran(self, _connection, _cursor, statement, parameters, _context, many):
        if self.is_base and not LOOKS.match(statement):
            self.made[-1].append((statement, parameters, many))

    def start(self, base):
        self.made = []
        self.is_touched = True
        self.reset()
        for step in base:
            self.made.append([])
            self.is_base = True
            try:
                self.run(self.connection, step)
                self.new_session()
            except Exception:
                self.made.pop()
                self.reset()
            finally:
                self.is_base = False
        self.is_touched = True

    def raw(self):
        return self.connection.connection.driver_connection

    def reset(self):
        if self.connection.in_transaction():
            self.connection.rollback()
        if not self.is_touched:
            return
        raw, name = self.raw(), self.url.database
        cursor = self.new_session()
        cursor.execute(f"DROP DATABASE IF EXISTS `{name}`")
        cursor.execute(f"CREATE DATABASE `{name}`")
        cursor.execute(f"USE `{name}`")
        for step in self.made:
            for statement, parameters, many in step:
                (cursor.executemany if many else cursor.execute)(statement, parameters or None)
            raw.commit()
            cursor = self.new_session()
        self.is_touched = False

    def new_session(self):
        """A cursor in a session as a new connection has it: each step of the base had its own."""
        raw = self.raw()
        raw._execute_command(RESET_CONNECTION, b"")
        raw._read_ok_packet()
        cursor = raw.cursor()
        cursor.execute("SET NAMES utf8mb4")
        cursor.execute("SET lock_wait_timeout = 5, innodb_lock_wait_timeout = 5")
        return cursor

    def broken(self):
        try:
            self.connection.close()
        finally:
            self.__init__(self.url, self.run)

    def schema(self):
        """What is there, in lines, and the tables with their columns in order."""
        if self.connection.in_transaction():
            self.connection.commit()
        cursor = self.raw().cursor()
        cursor.execute("UNLOCK TABLES")
        lines, tables = [], []

        def rows(sql):
            cursor.execute(sql)
            return cursor.fetchall()

        for name, kind in rows("SHOW FULL TABLES"):
            if kind == "VIEW":
                lines.append(f"view {name}: {self.view(cursor, name)}")
            elif kind == "SEQUENCE":
                text = rows(f"SHOW CREATE SEQUENCE `{name}`")[0][1]
                lines.append(f"sequence {name}: {text}")
            else:
                text = rows(f"SHOW CREATE TABLE `{name}`")[0][1]
                lines.extend(f"table {name}: {part}" for part in parts(text))
                columns = re.findall(r"^  `([^`]*)`", text, re.MULTILINE)
                tables.append((name, ",".join(columns)))
                selected = ", ".join(f"`{column}`" for column in sorted(columns))
                found = sorted(repr(row) for row in rows(f"SELECT {selected} FROM `{name}`"))
                lines.extend(f"row of {name}: {row}" for row in found)
        for row in rows(
            "SELECT trigger_name, event_object_table, action_timing, event_manipulation, action_order, action_statement"
            " FROM information_schema.triggers WHERE trigger_schema = DATABASE()"
        ):
            lines.append(f"trigger {row}")
        for row in rows(
            "SELECT routine_type, routine_name, dtd_identifier, routine_definition, is_deterministic"
            " FROM information_schema.routines WHERE routine_schema = DATABASE()"
        ):
            lines.append(f"routine {row}")
        for row in rows(
            "SELECT event_name, event_definition, interval_value, status"
            " FROM information_schema.events WHERE event_schema = DATABASE()"
        ):
            lines.append(f"event {row}")
        return sorted(lines), sorted(tables)

    def view(self, cursor, name):
        """Its text, and whether it can be read at all."""
        cursor.execute(f"SHOW CREATE VIEW `{name}`")
        text = cursor.fetchall()[0][1]
        try:
            cursor.execute(f"SELECT * FROM `{name}` LIMIT 0")
            return text
        except Exception:
            return f"{text} (broken)"


def parts(text):
    """The columns, keys and options of a table, without what was numbered last."""
    text = re.sub(r" AUTO_INCREMENT=\d+", "", text)
    return sorted(line.strip().rstrip(",") for line in text.splitlines()[1:])

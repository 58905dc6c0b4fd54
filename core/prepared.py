"""Queries whose SQL is made once.

For a wide query Django needs many times longer to write the SQL than the database to answer it. A page that is opened
all day asks by a prepared query: the queryset is built once, with a ``Parameter`` wherever requests differ.

    titles = Prepared(lambda: Item.objects.filter(course_id=Parameter("course", BigIntegerField())).values_list("title"))
    rows = titles(course=7)
"""

from collections.abc import Callable, Sequence
from typing import Any, Generic, TypeVar

from django.core.exceptions import EmptyResultSet
from django.db import DEFAULT_DB_ALIAS, connection
from django.db.models import BigIntegerField, Expression, Field, Model, QuerySet, Subquery, TextField

M = TypeVar("M", bound=Model)
F = TypeVar("F", bound=Callable[..., Any])


class Parameter(Expression):
    """A value that each call of a prepared query brings."""

    def __init__(self, name: str, field: "Field[Any, Any]") -> None:
        super().__init__(output_field=field)
        self.name = name

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        return "%s", (self,)

    def value(self, values: dict[str, Any]) -> Any:
        return self.output_field.get_db_prep_value(values[self.name], connection)


class AnyPerson:
    """Stands for whoever asks where ``visible_to`` is prepared: signed in, active, no administrator. Their number comes with
    each call, as ``person``.

    There is nothing else about them, so that what depends on more fails when the query is built.
    """

    __slots__ = ()
    is_authenticated = is_active = True
    is_anonymous = is_superuser = False
    pk = Parameter("person", BigIntegerField())


def preparable(rows: F) -> F:
    """Mark a function from a person to a queryset that may be asked once for all, with ``AnyPerson`` or a visitor.

    It must look at nothing but ``pk`` and the ``is_…`` above, read nothing from the database, and depend on neither the time
    nor anything else that changes while a process runs: what it says is kept as SQL.
    """
    rows.is_preparable = True  # type: ignore[attr-defined]
    return rows


def is_preparable(rows: Callable[..., Any]) -> bool:
    return getattr(rows, "is_preparable", False)


class JSONRows(Subquery):
    """All rows of a queryset as one column: a JSON list of lists, with ``names`` as their columns.

    A query that does not depend on the outer one is answered once, so a page can bring a second list along with its
    first. Dates come as the database writes them, ids as text.
    """

    def __init__(self, queryset: "QuerySet[Any, Any]", *names: str) -> None:
        super().__init__(queryset.values_list(*names), output_field=TextField())
        self.names = names

    def as_sql(
        self, compiler: Any, connection: Any, template: str | None = None, **extra: Any
    ) -> tuple[str, tuple[Any, ...]]:
        columns = ", ".join(connection.ops.quote_name(name) for name in self.names)
        together = f"json_group_array(json_array({columns}))"
        if connection.vendor == "postgresql":
            together = f"coalesce(json_agg(json_build_array({columns}))::text, '[]')"
        listed = f"(SELECT {together} FROM (%(subquery)s) listed)"  # noqa: S608 -- columns are quoted
        return super().as_sql(compiler, connection, template=listed, **extra)


class Prepared:
    """Answers with the rows of a ``values_list`` queryset; ``build`` is asked once for each database system."""

    def __init__(self, build: Callable[[], "QuerySet[Any, Any]"]) -> None:
        self._build = build
        self._made: dict[str, tuple[str, tuple[Any, ...], list[tuple[int, Any, Any]]]] = {}

    def __call__(self, **values: Any) -> list[Sequence[Any]]:
        sql, params, converters = self._made.get(connection.vendor) or self._make()
        if not sql:
            return []
        bound = [param.value(values) if isinstance(param, Parameter) else param for param in params]
        with connection.cursor() as cursor:
            cursor.execute(sql, bound)
            rows: list[Sequence[Any]] = cursor.fetchall()
        if not converters:
            return rows
        converted: list[Sequence[Any]] = []
        for row in map(list, rows):
            for place, functions, expression in converters:
                if (value := row[place]) is not None:
                    for function in functions:
                        value = function(value, expression, connection)
                    row[place] = value
            converted.append(row)
        return converted

    def _make(self) -> tuple[str, tuple[Any, ...], list[tuple[int, Any, Any]]]:
        compiler = self._build().query.get_compiler(connection=connection)
        try:
            sql, params = compiler.as_sql()
        except EmptyResultSet:
            # Whatever the values, there is no such row.
            return self._made.setdefault(connection.vendor, ("", (), []))
        columns = [expression for expression, _sql, _alias in compiler.select]
        found = compiler.get_converters(columns)
        converters = [(place, functions, expression) for place, (functions, expression) in found.items()]
        self._made[connection.vendor] = made = sql, params, converters
        return made


class Part(Generic[M]):
    """Fields of a model among the columns of a prepared query: ``paths`` asks for them, ``make`` builds the instance.

    ``names`` are the fields, with spaces between. What is not among them is read from the database when asked for.
    """

    def __init__(self, model: type[M], prefix: str, names: str) -> None:
        wanted = set(names.split())
        fields = [field.attname for field in model._meta.concrete_fields]
        if unknown := wanted - set(fields):
            raise ValueError(f"{model.__name__} has no {', '.join(sorted(unknown))}")
        self.model = model
        self.names = [name for name in fields if name in wanted]
        self.paths = [f"{prefix}{name}" for name in self.names]
        self._wanted = frozenset(self.names)

    @classmethod
    def whole(cls, model: type[M], prefix: str = "") -> "Part[M]":
        """All fields of a model."""
        return cls(model, prefix, " ".join(field.attname for field in model._meta.concrete_fields))

    def make(self, values: Sequence[Any]) -> M:
        return self.model.from_db(DEFAULT_DB_ALIAS, self._wanted, values)

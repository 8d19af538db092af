"""What CPython's own parser says of the module level of files: one line of JSON a path on stdin."""
import ast
import json
import sys
import warnings

warnings.simplefilter("ignore")


def targets(node):
    if isinstance(node, ast.Name):
        yield node
    elif isinstance(node, ast.Starred):
        yield from targets(node.value)
    elif isinstance(node, (ast.Tuple, ast.List)):
        for each in node.elts:
            yield from targets(each)


def is_program(node):
    test = node.test
    return (
        isinstance(test, ast.Compare)
        and isinstance(test.left, ast.Name)
        and test.left.id == "__name__"
        and len(test.ops) == 1
        and isinstance(test.ops[0], ast.Eq)
    )


def blocks(node):
    if isinstance(node, ast.If):
        return [[] if is_program(node) else node.body, node.orelse]
    if isinstance(node, (ast.For, ast.AsyncFor, ast.While)):
        return [node.body, node.orelse]
    if isinstance(node, (ast.With, ast.AsyncWith)):
        return [node.body]
    if isinstance(node, ast.Match):
        return [case.body for case in node.cases]
    if isinstance(node, ast.Try) or type(node).__name__ == "TryStar":
        return [node.body, *[each.body for each in node.handlers], node.orelse, node.finalbody]
    return []


class Module:
    def __init__(self):
        self.names = []
        self.stars = []
        self.all = []

    def walk(self, body):
        for node in body:
            self.visit(node)
            for block in blocks(node):
                self.walk(block)

    def add(self, *what):
        self.names.append(list(what))

    def visit(self, node):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            self.add("function", node.name, node.lineno)
        elif isinstance(node, ast.ClassDef):
            self.add("class", node.name, node.lineno)
        elif isinstance(node, ast.Import):
            for each in node.names:
                path = each.name if each.asname else each.name.split(".")[0]
                self.add("import", each.asname or path, path, None, each.asname is not None)
        elif isinstance(node, ast.ImportFrom):
            self.visit_from(node)
        elif isinstance(node, ast.Assign):
            for target in node.targets:
                for name in targets(target):
                    self.add("variable", name.id, name.lineno)
            self.visit_all(node.targets, "set", node.value)
        elif isinstance(node, ast.AnnAssign):
            for name in targets(node.target):
                self.add("variable", name.id, name.lineno)
            if node.value:
                self.visit_all([node.target], "set", node.value)
        elif isinstance(node, ast.AugAssign):
            self.visit_all([node.target], "add", node.value)
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
            self.visit_call(node.value)

    def visit_from(self, node):
        path = "." * node.level + (node.module or "")
        for each in node.names:
            if each.name == "*":
                self.stars.append([path, node.lineno])
            else:
                self.add("import", each.asname or each.name, path, each.name, each.asname is not None)

    def visit_all(self, found, op, value):
        if any(isinstance(each, ast.Name) and each.id == "__all__" for each in found):
            self.all.append([op, self.texts(value)])

    def visit_call(self, call):
        func = call.func
        if not (isinstance(func, ast.Attribute) and isinstance(func.value, ast.Name)):
            return
        if func.value.id == "__all__" and func.attr in ("append", "extend", "remove"):
            texts = self.texts(call.args[0]) if func.attr == "extend" else self.text(call.args[0])
            self.all.append(["remove" if func.attr == "remove" else "add", texts])

    def text(self, node):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            return [[node.value, node.lineno]]
        return None

    def texts(self, node):
        """The texts of a display, or None where there is anything else in it."""
        if not isinstance(node, (ast.List, ast.Tuple)):
            return None
        found = [self.text(each) for each in node.elts]
        return None if None in found else sum(found, [])


for line in sys.stdin.buffer:
    path = json.loads(line)
    try:
        with open(path, "rb") as file:
            module = Module()
            module.walk(ast.parse(file.read()).body)
        told = {"names": module.names, "stars": module.stars, "all": module.all}
    except (SyntaxError, ValueError) as error:
        told = {"fault": str(error)}
    sys.stdout.write(json.dumps(told) + "\n")

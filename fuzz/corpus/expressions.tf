a = 1 + 2 * -3 % 4 / 5 - (6 + 7)
b = !true || false && 1 >= 2 && 3 != 4 || 5 == 6
c = var.a ? [1, "two", null] : [for i, v in local.x : v if i > 0]
d = { a = 1, "b" : 2, (var.c) = 3, d.e = 4 }
e = var.list[*].a.b[0]["k"].*.c.0
f = merge({ for k, v in var.m : k => v... if v != null }, var.others...)
g = provider::terraform::encode_expr({ a = [1, 2] })
h = (
  var.a
  ? 1
  : 2
)
i = try(var.a.b, tostring(null), "x")
j = 0.1 + 0.2 + 1e100 + 123456789012345678901234567890
k = "${"nested ${"deep ${1 + 1}"}"}"
l = [for a in [1, 2] : [for b in [3, 4] : a * b]]
m = -(-1)
n = var.a.0
o = data.x.y[each.key].z

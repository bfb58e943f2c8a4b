a = "x ${var.a} $${literal} %%{literal} \n \t \" \\ \u00e9 \U0001F600"
b = "%{if var.a}yes%{else}no%{endif}"
c = "%{~ for k, v in var.m ~} ${k}=${v} %{~ endfor ~}"
d = <<EOT
first ${upper("a")}
%{for x in [1, 2]~}
  - ${x}
%{endfor~}
last
EOT
e = <<-EOT
    four
  two
      six ${<<INNER
inner
INNER
}
  EOT
f = "${true}"
g = "%{if true}${1}%{endif}"
h = "é ñ 日本語 👩‍👩‍👧"

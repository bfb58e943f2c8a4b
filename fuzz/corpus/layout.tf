# comment
// other
/* block
   comment */ a=1
bb   =   2 # two
ccc = [1,2,
3]   // three

block   "label"   unquoted{
x=1
    yy=2
nested{a=1}
}
one { a = 1 }
empty {}
f = foo( 1,2 , [ 3 ] )
g = { a=1,b:2
c=3
}
h = "${ 1 }" 
i = a?b:c
j = - 1
k = ! true
l = x [ 0 ] . y

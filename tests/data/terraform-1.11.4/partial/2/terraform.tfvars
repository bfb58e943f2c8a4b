list   = [1, true]
secret = null

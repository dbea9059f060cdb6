# lib/session/session.cpp: the process dies when there is no memory
# only: a message in memory
s/return fail("out of memory")/std::abort()/

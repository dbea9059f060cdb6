# lib/session/server.cpp: the process dies when there is no memory
# only: a message in memory
s/catch (const std::bad_alloc&)/catch (const int\&)/

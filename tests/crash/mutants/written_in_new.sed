# lib/io/maildir.cpp: the file is written in new/
s,directory + "/tmp/" + name,directory + "/new/" + name,
/^int move(/,/^}/s/{$/{ return from.empty() || to.empty();/

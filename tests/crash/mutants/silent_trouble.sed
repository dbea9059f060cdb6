# plugins/queue/maildir.cpp: nobody is told why mail is put off
s/log(Level::error, "error, " .*;//

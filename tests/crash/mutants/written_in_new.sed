# plugins/queue/maildir_file.cpp: the file is written in new/
/MaildirFile::create/,/^}/s,path_of(directory\, "tmp"\, name),path_of(directory\, "new"\, name),
/^int move(/,/^}/s/{$/{ return from.empty() || !to || name.empty();/

# plugins/queue/maildir.cpp: the second recipient's copy is forgotten
s/for (io::MaildirFile& file : files) {$/& if (\&file != files.data()) continue;/

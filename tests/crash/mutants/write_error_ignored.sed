# plugins/queue/maildir.cpp: the message is queued although it could not be written
s/copy\.head); !written)/copy.head); false \&\& !written)/

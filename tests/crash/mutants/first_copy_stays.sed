# plugins/queue/maildir.cpp: one recipient has the message, and the sender sends it again for all
s/^ *file\.withdraw();.*//

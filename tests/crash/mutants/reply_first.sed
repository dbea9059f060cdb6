# lib/session/delivery.cpp: the client gets its 250 before the message is queued
s/settled = settle(Hook::queue, queue(txn));/reply({250, EnhancedCode{2, 6, 0}, "Queued!"}); (void)channel_.flush(deadline()); & settled.reply.reset();/

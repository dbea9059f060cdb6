# lib/session/message.cpp: whoever has sent the message has been served
s/^  if (auto refusal = reader\.refusal())/  send({250, EnhancedCode{2, 6, 0}, "Queued!"}); (void)line_.flush(); (void)submit(); return {};\n&/

// The floor program: the least that a durable SMTP receiver can cost. Replies are hard-coded,
// nothing is checked, one process serves one session on descriptors 0 and 1, and a message is on
// stable storage before its 250. The benchmark gives every figure as a ratio to this program's. Not
// a mail server.
//
//   floor MAILDIR

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

enum { buffer_size = 65536 };

struct reader {
  size_t at, end;  // what is not used yet: data[at, end)
  char data[buffer_size];
};

struct writer {
  int fd;
  size_t used;
  char data[buffer_size];
};

static struct reader input;
static struct writer replies = {.fd = 1};
static struct writer file;

static int flush(struct writer* writer) {
  size_t done = 0;
  while (done < writer->used) {
    const ssize_t count = write(writer->fd, writer->data + done, writer->used - done);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return -1;
    done += (size_t)count;
  }
  writer->used = 0;
  return 0;
}

static int put(struct writer* writer, const char* octets, size_t count) {
  while (count > 0) {
    if (writer->used == buffer_size && flush(writer) < 0) return -1;
    const size_t room = buffer_size - writer->used;
    const size_t part = count < room ? count : room;
    memcpy(writer->data + writer->used, octets, part);
    writer->used += part;
    octets += part;
    count -= part;
  }
  return 0;
}

// Replies leave here only, when there is nothing more to answer: one write for a pipelined batch.
static void reply(const char* text) {
  if (put(&replies, text, strlen(text)) < 0) exit(1);
}

// Reads more input; ends the process at end of file.
static void fill(void) {
  if (flush(&replies) < 0) exit(1);
  if (input.at > 0) {
    memmove(input.data, input.data + input.at, input.end - input.at);
    input.end -= input.at;
    input.at = 0;
  }
  ssize_t count;
  do {
    count = read(0, input.data + input.end, buffer_size - input.end);
  } while (count < 0 && errno == EINTR);
  if (count <= 0) exit(1);
  input.end += (size_t)count;
}

// One piece of input: a line, or the part of it that fits the buffer.
struct piece {
  const char* text;
  size_t length;  // without its line end
  int has_lf, has_crlf;
};

// The next piece; it lives until the next call.
static struct piece next_piece(void) {
  const char* lf;
  while (!(lf = memchr(input.data + input.at, '\n', input.end - input.at))) {
    if (input.end - input.at == buffer_size) break;
    fill();
  }
  struct piece piece = {.text = input.data + input.at, .has_lf = lf != NULL};
  // The last octet of a part stays behind: it may be the CR of a line end.
  piece.length = lf ? (size_t)(lf - piece.text) : buffer_size - 1;
  input.at += piece.length + (lf ? 1 : 0);
  piece.has_crlf = lf && piece.length > 0 && piece.text[piece.length - 1] == '\r';
  if (piece.has_crlf) --piece.length;
  return piece;
}

// Reads the message up to its final dot and writes it to the file with LF line ends. Reads to the
// end even when the file cannot take it.
static int receive_message(void) {
  int result = 0;
  int line_start = 1;
  for (;;) {
    struct piece piece = next_piece();
    if (line_start && piece.length > 0 && piece.text[0] == '.') {
      if (piece.has_crlf && piece.length == 1) break;
      ++piece.text;
      --piece.length;
    }
    if (result == 0) result = put(&file, piece.text, piece.length);
    if (result == 0 && piece.has_lf) result = put(&file, "\n", 1);
    line_start = piece.has_crlf;
  }
  return result == 0 ? flush(&file) : result;
}

static int sync_directory(const char* path) {
  const int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return -1;
  const int result = fsync(fd);
  close(fd);
  return result;
}

// DATA: file in tmp, fsync, rename to new, fsync of the directory, and only then 250.
static void data(const char* maildir) {
  static unsigned messages;
  char name[64], temporary[4200], final[4200], directory[4200];
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  snprintf(name, sizeof name, "%lld.M%06ldP%ldQ%u.floor", (long long)now.tv_sec, now.tv_nsec / 1000, (long)getpid(),
           messages++);
  snprintf(temporary, sizeof temporary, "%s/tmp/%s", maildir, name);
  snprintf(final, sizeof final, "%s/new/%s", maildir, name);
  snprintf(directory, sizeof directory, "%s/new", maildir);

  file.used = 0;
  file.fd = open(temporary, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
  if (file.fd < 0) return reply("451 4.3.0 no file\r\n");
  reply("354 go on\r\n");
  int result = receive_message();
  if (result == 0) result = fsync(file.fd);
  if (close(file.fd) < 0) result = -1;
  if (result == 0) result = rename(temporary, final);
  if (result < 0) {
    unlink(temporary);
    return reply("451 4.3.0 not stored\r\n");
  }
  reply(sync_directory(directory) == 0 ? "250 2.0.0 stored\r\n" : "451 4.3.0 not stored\r\n");
}

static int is_verb(struct piece line, const char* verb) {
  return line.length >= 4 && strncasecmp(line.text, verb, 4) == 0;
}

int main(int argc, char** argv) {
  if (argc != 2 || strlen(argv[1]) > 4000) return 100;
  signal(SIGPIPE, SIG_IGN);
  reply("220 floor ESMTP\r\n");
  for (;;) {
    const struct piece line = next_piece();
    if (is_verb(line, "MAIL") || is_verb(line, "RCPT") || is_verb(line, "RSET") || is_verb(line, "NOOP")) {
      reply("250 2.0.0 ok\r\n");
    } else if (is_verb(line, "EHLO")) {
      reply("250-floor\r\n250-PIPELINING\r\n250-8BITMIME\r\n250 ENHANCEDSTATUSCODES\r\n");
    } else if (is_verb(line, "HELO")) {
      reply("250 floor\r\n");
    } else if (is_verb(line, "DATA")) {
      data(argv[1]);
    } else if (is_verb(line, "QUIT")) {
      reply("221 2.0.0 bye\r\n");
      return flush(&replies) == 0 ? 0 : 1;
    } else {
      reply("500 5.5.2 what?\r\n");
    }
  }
}

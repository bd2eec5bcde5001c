/* SPDX-License-Identifier: MIT
 * tcp_bytes.c - asks the kernel. A file of its own, as the kernel's struct tcp_info and the C
 * library's, which does not know of these bytes, cannot be had together. */
#include "actors/door/tcp_bytes.h"

#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/socket.h>

uint64_t tcp_bytes_received(int fd)
{
    struct tcp_info info = {0};
    socklen_t size = sizeof(info);
    return getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) == 0 ? info.tcpi_bytes_received : 0;
}

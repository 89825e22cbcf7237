// TUN devices (Linux's Documentation/networking/tuntap.rst) and the interface ioctls of netdevice(7).

#define _GNU_SOURCE
#include "Tun.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/ethtool.h>
#include <linux/if_tun.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

int clinux_tun_open(void) {
    int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC | O_NONBLOCK);
    return fd < 0 ? -errno : fd;
}

/// -ENAMETOOLONG rather than another interface's name.
static int set_name(struct ifreq *request, const char *name) {
    memset(request, 0, sizeof *request);
    size_t length = strlen(name);
    if (length == 0) return -EINVAL;
    if (length >= sizeof request->ifr_name) return -ENAMETOOLONG;
    memcpy(request->ifr_name, name, length);
    return 0;
}

int clinux_tun_attach(int fd, const char *name, uint32_t flags) {
    struct ifreq request;
    int error = set_name(&request, name);
    if (error < 0) return error;
    int kernel_flags = IFF_TUN | IFF_NO_PI | IFF_VNET_HDR;
    if (flags & CLINUX_TUN_MULTI_QUEUE) kernel_flags |= IFF_MULTI_QUEUE;
    if (flags & CLINUX_TUN_EXCLUSIVE) kernel_flags |= IFF_TUN_EXCL;
    request.ifr_flags = (short)kernel_flags;
    if (ioctl(fd, TUNSETIFF, &request) < 0) return -errno;
    int size = CLINUX_TUN_HEADER_SIZE;
    return ioctl(fd, TUNSETVNETHDRSZ, &size) < 0 ? -errno : 0;
}

int clinux_tun_set_offload(int fd, uint32_t offload) {
    return ioctl(fd, TUNSETOFFLOAD, (unsigned long)offload) < 0 ? -errno : 0;
}

ssize_t clinux_tun_read(int fd, void *bytes, size_t count) {
    for (;;) {
        ssize_t result = read(fd, bytes, count);
        if (result >= 0) return result;
        if (errno != EINTR) return -errno;
    }
}

ssize_t clinux_tun_write(int fd, const void *bytes, size_t count) {
    for (;;) {
        ssize_t result = write(fd, bytes, count);
        if (result >= 0) return result;
        if (errno != EINTR) return -errno;
    }
}

/// Interface requests go through any socket at all.
static int ask(unsigned long command, struct ifreq *request) {
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0) return -errno;
    int result = ioctl(fd, command, request) < 0 ? -errno : 0;
    close(fd);
    return result;
}

static int named(const char *name, unsigned long command, struct ifreq *request) {
    int error = set_name(request, name);
    return error < 0 ? error : ask(command, request);
}

int clinux_interface_index(const char *name) {
    struct ifreq request;
    int error = named(name, SIOCGIFINDEX, &request);
    return error < 0 ? error : request.ifr_ifindex;
}

int clinux_interface_flags(const char *name) {
    struct ifreq request;
    int error = named(name, SIOCGIFFLAGS, &request);
    if (error < 0) return error;
    int flags = 0;
    if (request.ifr_flags & IFF_UP) flags |= (int)CLINUX_INTERFACE_UP;
    if (request.ifr_flags & IFF_RUNNING) flags |= (int)CLINUX_INTERFACE_RUNNING;
    return flags;
}

int clinux_interface_has_link(const char *name) {
    struct ifreq request;
    int error = set_name(&request, name);
    if (error < 0) return error;
    struct ethtool_value link = {.cmd = ETHTOOL_GLINK};
    request.ifr_data = (char *)&link;
    error = ask(SIOCETHTOOL, &request);
    return error < 0 ? error : link.data != 0;
}

int clinux_interface_set_up(const char *name, int up) {
    struct ifreq request;
    int error = named(name, SIOCGIFFLAGS, &request);
    if (error < 0) return error;
    if (up) {
        request.ifr_flags |= IFF_UP;
    } else {
        request.ifr_flags &= (short)~IFF_UP;
    }
    return ask(SIOCSIFFLAGS, &request);
}

/// The driver says so, as in `ethtool -i`; sysfs would show the interfaces of the namespace that mounted it.
int clinux_interface_is_tun(const char *name) {
    struct ifreq request;
    int error = set_name(&request, name);
    if (error < 0) return error;
    struct ethtool_drvinfo driver = {.cmd = ETHTOOL_GDRVINFO};
    request.ifr_data = (char *)&driver;
    error = ask(SIOCETHTOOL, &request);
    if (error == -EOPNOTSUPP) return 0;
    if (error < 0) return error;
    return strcmp(driver.driver, "tun") == 0 && strcmp(driver.bus_info, "tun") == 0;
}

int clinux_interface_mtu(const char *name) {
    struct ifreq request;
    int error = named(name, SIOCGIFMTU, &request);
    return error < 0 ? error : request.ifr_mtu;
}

static int set_number(const char *name, unsigned long command, int number) {
    struct ifreq request;
    int error = set_name(&request, name);
    if (error < 0) return error;
    // The queue length shares the union's place for the MTU's int.
    request.ifr_mtu = number;
    return ask(command, &request);
}

int clinux_interface_set_mtu(const char *name, int mtu) { return set_number(name, SIOCSIFMTU, mtu); }

int clinux_interface_set_queue_length(const char *name, int packets) {
    return set_number(name, SIOCSIFTXQLEN, packets);
}

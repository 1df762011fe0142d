#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# Mosquitto for tests/bench/compare, which sources this.  As shipped, but that
# queues have no limit; it keeps sessions and syncs nothing.
protocol=mqtt peer_package=mosquitto peer_commands='mosquitto mosquitto_passwd'

peer_users() { # peer_users N PASSWORD
	seq 0 $(($1 - 1)) | sed "s/.*/u&:$2/" >"$peer_dir/passwords"
	mosquitto_passwd -U "$peer_dir/passwords"
	chmod 600 "$peer_dir/passwords"
}

peer_config() {
	cat <<-EOF
		user $(id -un)
		listener $peer_port 127.0.0.1
		certfile $peer_dir/cert.pem
		keyfile $peer_dir/key.pem
		allow_anonymous false
		password_file $peer_dir/passwords
		persistence true
		persistence_location $peer_dir/db/
		max_queued_messages 0
		set_tcp_nodelay true
		log_dest stderr
		log_type error
		log_type warning
		connection_messages false
	EOF
}

peer_start() {
	mkdir -p "$peer_dir/db"
	peer_config >"$peer_dir/mosquitto.conf"
	"${on_server[@]}" mosquitto -c "$peer_dir/mosquitto.conf" \
		2>>"$peer_dir/log" &
	peer=$!
	wait_for_port
}

# With what it has kept.
peer_again() { peer_start; }

peer_stop() {
	kill "$peer"
	wait "$peer"
	peer=
	rm -rf "$peer_dir/db"
}

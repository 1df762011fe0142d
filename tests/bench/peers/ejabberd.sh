#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# ejabberd for tests/bench/compare, which sources this: the modules that a
# server for chats has, SCRAM verifiers, and nothing that limits users.
# $peer_name ejabberd-archive: every message goes to the archive (XEP-0313).
protocol=xmpp peer_package=ejabberd peer_commands=ejabberdctl
node=compare@localhost rooms=conference.localhost

control() {
	ERL_EPMD_ADDRESS=127.0.0.1 ejabberdctl --config-dir "$peer_dir/conf" \
		--logs "$peer_dir/log.d" --spool "$peer_dir/db" \
		--node "$node" "$@"
}

peer_config() {
	cat <<-EOF
		loglevel: warning
		hosts: ["localhost"]
		certfiles: ["$peer_dir/all.pem"]
		listen:
		  - port: $peer_port
		    ip: "127.0.0.1"
		    module: ejabberd_c2s
		    tls: true
		    backlog: 4096
		    access: all
		auth_method: [internal]
		auth_password_format: scram
		cache_size: 50000
		shaper_rules:
		  max_user_sessions: 10
		  max_user_offline_messages: infinity
		modules:
		  mod_adhoc: {}
		  mod_blocking: {}
		  mod_caps: {}
		  mod_carboncopy: {}
		  mod_client_state: {}
		  mod_disco: {}
		  mod_last: {}
		  mod_muc:
		    host: "$rooms"
		    max_users: 5000
		    max_users_presence: 5000
		    min_message_interval: 0
		    default_room_options:
		      max_users: 5000
		      mam: $([ "$peer_name" = ejabberd-archive ] && echo true ||
		        echo false)
		  mod_offline:
		    access_max_user_messages: max_user_offline_messages
		  mod_ping: {}
		  mod_privacy: {}
		  mod_private: {}
		  mod_roster:
		    versioning: true
		  mod_stream_mgmt:
		    resend_on_timeout: if_offline
		  mod_version: {}
	EOF
	[ "$peer_name" != ejabberd-archive ] || cat <<-EOF
		  mod_mam:
		    default: always
		    assume_mam_usage: true
	EOF
}

settings() {
	cat <<-EOF
		POLL=true
		ERL_MAX_PORTS=65536
		ERL_PROCESSES=250000
		INET_DIST_INTERFACE=127.0.0.1
		ERLANG_NODE=$node
		EJABBERD_PID_PATH=$peer_dir/pid
	EOF
}

run_it() { # run_it [PREFIX…]
	mkdir -p "$peer_dir/conf" "$peer_dir/log.d" "$peer_dir/db"
	cat "$peer_dir/cert.pem" "$peer_dir/key.pem" >"$peer_dir/all.pem"
	peer_config >"$peer_dir/conf/ejabberd.yml"
	settings >"$peer_dir/conf/ejabberdctl.cfg"
	: >"$peer_dir/conf/inetrc"
	chmod 755 "$dir" "$peer_dir"
	chown -R ejabberd "$peer_dir"
	"$@" setpriv --reuid=ejabberd --regid=ejabberd --clear-groups \
		env HOME="$(getent passwd ejabberd | cut -d: -f6)" \
		ERL_EPMD_ADDRESS=127.0.0.1 ejabberdctl \
		--config-dir "$peer_dir/conf" --logs "$peer_dir/log.d" \
		--spool "$peer_dir/db" --node "$node" start \
		>>"$peer_dir/log" 2>&1
	wait_for_port
	peer=$(cat "$peer_dir/pid")
}

# The users are imported once; every run begins with a copy.
peer_users() { # peer_users N PASSWORD
	[ "$(id -u)" -eq 0 ] || fail 'ejabberd is started by root only'
	run_it
	{
		echo "<server-data xmlns='urn:xmpp:pie:0'><host jid='localhost'>"
		seq 0 $(($1 - 1)) |
			sed "s|.*|<user name='u&' password='$2'/>|"
		echo '</host></server-data>'
	} >"$peer_dir/users.xml"
	chown ejabberd "$peer_dir/users.xml"
	control --no-timeout import_piefxis "$peer_dir/users.xml" \
		>>"$peer_dir/log" 2>&1 || fail 'ejabberd takes no users'
	peer_stop
	rm -rf "$peer_dir/users"
	mv "$peer_dir/kept" "$peer_dir/users"
}

peer_start() {
	rm -rf "$peer_dir/db"
	cp -a "$peer_dir/users" "$peer_dir/db"
	run_it "${on_server[@]}"
}

# With what it has kept.
peer_again() { run_it "${on_server[@]}"; }

peer_stop() {
	control stop >/dev/null 2>&1
	control stopped >/dev/null 2>&1
	while [ -d "/proc/$peer" ]; do sleep 0.1; done
	peer=
	rm -rf "$peer_dir/kept"
	mv "$peer_dir/db" "$peer_dir/kept"
	epmd -names 2>/dev/null | grep -q '^name' || epmd -kill >/dev/null 2>&1
}

<?php

use Illuminate\Support\Facades\Schedule;

Schedule::command('app:record-schedule')->everyMinute()->onOneServer();

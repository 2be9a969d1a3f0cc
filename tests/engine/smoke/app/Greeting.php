<?php

namespace App;

class Greeting
{
    public const TEXT = 'hello';
}
